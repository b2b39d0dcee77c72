/* Conveniences on top of pages that work without them. */
(() => {
  "use strict";

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Copying the address of a part, as well as going there.
  const status = document.querySelector("[data-mentorship-status]");
  for (const link of all("[data-mentorship-copy]")) {
    link.addEventListener("click", () => {
      navigator.clipboard?.writeText(link.href).then(
        () => {
          if (!status) return;
          status.textContent = status.dataset.mentorshipStatus;
          setTimeout(() => (status.textContent = ""), 3000);
        },
        () => {},
      );
    });
  }

  // Opening the level descriptors of every competency at once.
  const descriptors = all("[data-mentorship-descriptors]");
  for (const button of all("[data-mentorship-open-all]")) {
    button.hidden = descriptors.length < 2;
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(open));
      for (const details of descriptors) details.open = open;
    });
  }

  // A link to a competency opens what it holds; one inside something folded unfolds it.
  const openTarget = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target || !target.closest(".mentorship")) return;
    const inside = target.querySelector(":scope > [data-mentorship-descriptors]");
    if (inside) inside.open = true;
    for (let node = target; node; node = node.parentElement) {
      if (node.localName === "details") node.open = true;
    }
  };
  addEventListener("hashchange", openTarget);
  openTarget();

  // On a phone the contents fold again once a part is chosen.
  for (const fold of all(".mentorship-contents__fold")) {
    fold.addEventListener("click", (event) => {
      if (event.target.closest("a")) fold.open = false;
    });
  }

  // The contents say where one is.
  for (const contents of all("[data-mentorship-contents]")) {
    const links = new Map(
      all("a[href^='#']", contents).map((link) => [link.getAttribute("href").slice(1), link]),
    );
    const parts = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
    const mark = () => {
      const line = innerHeight / 3;
      const passed = parts.filter((part) => part.getBoundingClientRect().top <= line);
      const here = passed.at(-1)?.id;
      for (const [id, link] of links) {
        if (id === here) link.setAttribute("aria-current", "location");
        else link.removeAttribute("aria-current");
      }
    };
    let waiting = false;
    addEventListener(
      "scroll",
      () => {
        if (waiting) return;
        waiting = true;
        requestAnimationFrame(() => {
          waiting = false;
          mark();
        });
      },
      { passive: true },
    );
    mark();
  }

  // Paper shows what is folded on screen.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = all(".mentorship details:not([open])");
    for (const details of unfolded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of unfolded) details.open = false;
    unfolded = [];
  });
})();

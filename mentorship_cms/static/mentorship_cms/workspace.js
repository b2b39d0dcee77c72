/* Conveniences of the workspace, on top of pages that work without them. */
(() => {
  "use strict";

  // What is wrong comes first; else the question to which one came on. Only once the page is
  // there: going to a fragment takes the focus away.
  addEventListener("load", () => {
    const find = (selector) => document.querySelector(selector);
    requestAnimationFrame(() => {
      const errors = find("[data-mentorship-errors]");
      if (errors) return errors.focus();
      // To a thumb, a mark around the first answer looks like a choice made.
      if (location.hash !== "#question" || matchMedia("(pointer: coarse)").matches) return;
      const radio = "#question input[type=radio]";
      (find(`${radio}:checked`) ?? find(radio))?.focus({ preventScroll: true });
    });
  });

  // A long text is kept on the server while it is typed: the text alone, never the answer beside
  // it. The form still saves everything.
  const WAIT = 2000;

  class Keeper {
    constructor(field) {
      this.field = field;
      this.stored = field.value;
      this.revision = document.getElementById(field.dataset.mentorshipKeepRevision);
      const box = field.closest("details, .mentorship-field") ?? field.form;
      this.status = box.querySelector(".mentorship-saved");
      field.addEventListener("input", () => {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.send(), WAIT);
      });
    }

    say(text) {
      if (this.status) this.status.textContent = text ?? "";
    }

    // One at a time, as each answer brings the revision that the next one needs.
    async send(keepalive = false) {
      clearTimeout(this.timer);
      if (this.stopped || this.field.value === this.stored) return;
      if (this.underway) {
        if (!keepalive) this.timer = setTimeout(() => this.send(), WAIT);
        return;
      }
      const { form, dataset, value } = this.field;
      const body = new FormData();
      body.set("name", dataset.mentorshipKeepName);
      body.set("text", value);
      body.set("revision", this.revision.value);
      body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      this.underway = fetch(dataset.mentorshipKeep, {
        method: "POST",
        body,
        keepalive,
        redirect: "manual",
      })
        .then((reply) => this.read(reply, value))
        .catch(() => this.say(form.dataset.mentorshipUnsaved));
      await this.underway;
      this.underway = null;
    }

    async read(reply, value) {
      // Sent to the page where one signs in, or signed in anew in another window.
      if (reply.type === "opaqueredirect" || [401, 403].includes(reply.status)) {
        this.stopped = true;
        this.say(this.field.form.dataset.mentorshipSignedOut);
        return;
      }
      const { message, saved, revision } = await reply.json();
      this.say(message ?? saved);
      if (reply.ok) {
        this.stored = value;
        this.revision.value = revision;
      }
      this.stopped = reply.status === 409;
    }
  }

  const keepers = [...document.querySelectorAll("[data-mentorship-keep]")].map(
    (field) => new Keeper(field),
  );
  let leaving = false;

  // Saving the form takes over: it waits for what is on its way, and nothing follows it.
  for (const form of new Set(keepers.map((keeper) => keeper.field.form))) {
    form.addEventListener("submit", (event) => {
      leaving = true;
      const underway = keepers.map((keeper) => keeper.underway).filter(Boolean);
      for (const keeper of keepers) clearTimeout(keeper.timer);
      if (!underway.length) return;
      event.preventDefault();
      const { submitter } = event;
      Promise.all(underway).then(() => form.requestSubmit(submitter));
    });
  }

  const flush = () => {
    if (!leaving) for (const keeper of keepers) keeper.send(true);
  };
  addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") flush();
  });
  addEventListener("pageshow", () => {
    leaving = false;
  });
})();

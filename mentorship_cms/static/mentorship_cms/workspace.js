/* Conveniences of the workspace, on top of pages that work without them. */
(() => {
  "use strict";

  const all = (selector) => [...document.querySelectorAll(selector)];

  // What is wrong comes first, else the question. Going to a fragment takes the focus away, so
  // this waits for it.
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

  // Who unfolds a remark is about to write it.
  for (const summary of all(".mentorship-rate__remark > summary")) {
    summary.addEventListener("click", () => {
      const { parentElement: details, nextElementSibling: field } = summary;
      // The click opens it once this is over.
      if (!details.open) setTimeout(() => field.focus());
    });
  }

  // A text is kept on the server while it is typed, together with the answer beside it.
  const WAIT = 2000;
  // A choice is kept sooner; who goes on at once saves it with the page.
  const SHORT_WAIT = 800;
  // How long a link waits for what is on its way.
  const PATIENCE = 4000;
  // What is on its way, by the field of the revision: each answer brings the next revision.
  const underway = new Map();

  class Keeper {
    constructor(field) {
      this.field = field;
      const { mentorshipKeepName: name, mentorshipKeepRevision: revision } = field.dataset;
      this.name = name;
      this.words = field.form.dataset;
      this.revision = document.getElementById(revision);
      this.radios = all(`input[type=radio][name="answer-${name}"]`);
      // What came back after signing in again is on the page and nowhere else.
      this.stored = "mentorshipTyped" in this.words ? "" : this.now;
      const box = field.closest("fieldset, .mentorship-field") ?? field.form;
      this.status = box.querySelector(".mentorship-saved");
      field.addEventListener("input", () => this.later(WAIT));
      for (const radio of this.radios) {
        radio.addEventListener("change", () => this.later(SHORT_WAIT));
      }
    }

    get answer() {
      return this.radios.find((radio) => radio.checked)?.value;
    }

    // Both as one, to compare.
    get now() {
      return JSON.stringify([this.field.value, this.answer]);
    }

    get isUnsent() {
      return !this.stopped && this.now !== this.stored;
    }

    // What is on its way to be kept, if it is not what the form says by now.
    get outdated() {
      return this.now === this.sent ? undefined : underway.get(this.revision);
    }

    later(wait) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.send(), wait);
    }

    say(text) {
      if (this.status) this.status.textContent = text ?? "";
    }

    send(keepalive = false) {
      clearTimeout(this.timer);
      const { field, name, revision, answer, now } = this;
      if (!this.isUnsent) return;
      if (underway.has(revision)) return this.later(WAIT);
      this.sent = now;
      const body = new FormData();
      body.set("name", name);
      body.set("text", field.value);
      if (answer !== undefined) body.set("answer", answer);
      body.set("revision", revision.value);
      body.set("csrfmiddlewaretoken", field.form.elements.csrfmiddlewaretoken.value);
      const options = { method: "POST", body, keepalive, redirect: "manual" };
      const request = fetch(field.dataset.mentorshipKeep, options)
        .then((reply) => this.read(reply, now))
        .catch(() => this.say(this.words.mentorshipUnsaved))
        .finally(() => underway.delete(revision));
      underway.set(revision, request);
    }

    async read(reply, now) {
      // Sent to the page where one signs in, or signed in anew in another window.
      if (reply.type === "opaqueredirect" || [401, 403].includes(reply.status)) {
        this.stopped = true;
        return this.say(this.words.mentorshipSignedOut);
      }
      const { message, saved, revision } = await reply.json();
      this.stopped = reply.status === 409;
      if (!reply.ok) return this.say(message);
      this.stored = now;
      this.revision.value = revision;
      this.say(this.words.mentorshipSaved?.replace("%s", saved) ?? saved);
    }
  }

  const keepers = all("[data-mentorship-keep]").map((field) => new Keeper(field));
  let leaving = false;

  const flush = (keepalive) => {
    if (!leaving) for (const keeper of keepers) keeper.send(keepalive);
  };

  // Saving the form takes over: nothing follows it, and it comes after older words on their way.
  for (const form of new Set(keepers.map((keeper) => keeper.field.form))) {
    form.addEventListener("submit", (event) => {
      leaving = true;
      for (const keeper of keepers) clearTimeout(keeper.timer);
      const outdated = keepers.map((keeper) => keeper.outdated).filter(Boolean);
      if (!outdated.length) return;
      event.preventDefault();
      const { submitter } = event;
      Promise.all(outdated).then(() => form.requestSubmit(submitter));
    });
  }

  // A link, such as that to the page in another language, waits until what was typed is kept:
  // the page it leads to may show it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || link.target || event.defaultPrevented || event.button) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const [there, here] = [link.href, location.href].map((address) => address.split("#")[0]);
    if (link.origin !== location.origin || there === here) return;
    flush(true);
    if (!underway.size) return;
    event.preventDefault();
    const late = new Promise((go) => setTimeout(go, PATIENCE));
    Promise.race([Promise.all(underway.values()), late]).then(() => location.assign(link.href));
  });

  addEventListener("pagehide", () => flush(true));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") flush(true);
  });
  addEventListener("pageshow", () => (leaving = false));

  // An impatient second press does not do a thing twice; after a while one may try again.
  for (const form of all(".mentorship form[method=post]")) {
    let sent = false;
    const again = () => (sent = false);
    form.addEventListener("submit", (event) => {
      // Held back above: it comes again by itself.
      if (event.defaultPrevented) return;
      if (sent) return event.preventDefault();
      sent = true;
      setTimeout(again, 5000);
    });
    addEventListener("pageshow", again);
  }
})();

/* Conveniences of the workspace, on top of pages that work without them. */
(() => {
  "use strict";

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

  // A text is kept on the server while it is typed, never the answer beside it.
  const WAIT = 2000;
  // What is on its way, by the field of the revision: each answer brings the next revision.
  const underway = new Map();

  class Keeper {
    constructor(field) {
      this.field = field;
      this.stored = field.value;
      this.words = field.form.dataset;
      this.revision = document.getElementById(field.dataset.mentorshipKeepRevision);
      const box = field.closest("details, .mentorship-field") ?? field.form;
      this.status = box.querySelector(".mentorship-saved");
      field.addEventListener("input", () => this.later());
    }

    later() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.send(), WAIT);
    }

    say(text) {
      if (this.status) this.status.textContent = text ?? "";
    }

    send(keepalive = false) {
      clearTimeout(this.timer);
      const { field, revision } = this;
      const text = field.value;
      if (this.stopped || text === this.stored) return;
      if (underway.has(revision)) return this.later();
      const body = new FormData();
      body.set("name", field.dataset.mentorshipKeepName);
      body.set("text", text);
      body.set("revision", revision.value);
      body.set("csrfmiddlewaretoken", field.form.elements.csrfmiddlewaretoken.value);
      const options = { method: "POST", body, keepalive, redirect: "manual" };
      const request = fetch(field.dataset.mentorshipKeep, options)
        .then((reply) => this.read(reply, text))
        .catch(() => this.say(this.words.mentorshipUnsaved))
        .finally(() => underway.delete(revision));
      underway.set(revision, request);
    }

    async read(reply, text) {
      // Sent to the page where one signs in, or signed in anew in another window.
      if (reply.type === "opaqueredirect" || [401, 403].includes(reply.status)) {
        this.stopped = true;
        return this.say(this.words.mentorshipSignedOut);
      }
      const { message, saved, revision } = await reply.json();
      this.stopped = reply.status === 409;
      if (!reply.ok) return this.say(message);
      this.stored = text;
      this.revision.value = revision;
      this.say(this.words.mentorshipSaved?.replace("%s", saved) ?? saved);
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
      for (const keeper of keepers) clearTimeout(keeper.timer);
      if (!underway.size) return;
      event.preventDefault();
      const { submitter } = event;
      Promise.all(underway.values()).then(() => form.requestSubmit(submitter));
    });
  }

  const flush = () => {
    if (!leaving) for (const keeper of keepers) keeper.send(true);
  };
  addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") flush();
  });
  addEventListener("pageshow", () => (leaving = false));

  // An impatient second press does not do a thing twice; after a while one may try again.
  for (const form of document.querySelectorAll(".mentorship form[method=post]")) {
    let sent = false;
    const again = () => (sent = false);
    form.addEventListener("submit", (event) => {
      if (sent) return event.preventDefault();
      sent = true;
      setTimeout(again, 5000);
    });
    addEventListener("pageshow", again);
  }
})();

// Sends a sign-up form without leaving the page: knows the time zone, fetches the ticket, does the work a busy form asks
// for, says what comes of it. On a form of another site (data-dripcourse) it posts for JSON; on our own page (data-proof)
// it only does the work. Whatever goes wrong, the form is sent as if there were no script, and our page goes on.
"use strict";
(() => {
  const script = document.currentScript;
  const TOO_EARLY = 3200; // milliseconds: a ticket is good from three seconds on
  const TRIES = 4;

  function hidden(form, name, value) {
    let field = form.elements.namedItem(name);
    if (!field) {
      field = Object.assign(document.createElement("input"), { type: "hidden", name });
      form.append(field);
    }
    field.value = value;
  }

  function later(milliseconds) {
    return new Promise((done) => setTimeout(done, milliseconds));
  }

  function solver() {
    if (window.dripcourseProof) return Promise.resolve(window.dripcourseProof);
    return new Promise((resolve, reject) => {
      const loaded = Object.assign(document.createElement("script"), { src: new URL("proof.js", script.src).href });
      loaded.onload = () => resolve(window.dripcourseProof);
      loaded.onerror = reject;
      document.head.append(loaded);
    });
  }

  async function work(form, proof) {
    if (proof) hidden(form, "proof", await (await solver()).solve(proof));
  }

  function plainly(form) {
    HTMLFormElement.prototype.submit.call(form); // a field may be named "submit"
  }

  // Our own page: the button waits for the work.
  function solveFirst(form) {
    const solved = work(form, JSON.parse(form.dataset.proof)).catch(() => {});
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      await solved;
      plainly(form);
    });
  }

  function line(kind, role, text) {
    const made = document.createElement("p");
    made.className = kind;
    if (role) made.setAttribute("role", role);
    made.textContent = text;
    return made;
  }

  function unmark(form) {
    form.querySelectorAll(".dripcourse-mistake, .dripcourse-told").forEach((each) => each.remove());
    form.querySelectorAll("[aria-invalid]").forEach((field) => {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
    });
  }

  function mark(form, said) {
    const fields = Object.keys(said.mistakes).map((name) => form.elements.namedItem(name));
    if (fields.some((field) => !field || field.type === "hidden")) return false; // such as a zone nobody can choose here
    for (const field of fields) {
      const told = line("dripcourse-mistake", "", said.mistakes[field.name]);
      told.id = `${field.id || field.name}-mistake`;
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", told.id);
      field.before(told);
    }
    form.prepend(line("dripcourse-told", "alert", said.message));
    fields[0].focus();
    return true;
  }

  function tell(form, said) {
    const told = document.createElement("div");
    told.className = "dripcourse-told";
    told.setAttribute("role", "status");
    told.tabIndex = -1;
    if (said.heading) {
      const heading = document.createElement("strong");
      heading.textContent = said.heading;
      told.append(heading);
    }
    told.append(line("", "", said.message));
    form.replaceWith(told);
    told.focus();
  }

  async function post(form) {
    const answer = await fetch(form.getAttribute("action"), {
      method: "POST",
      credentials: "omit",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(new FormData(form)),
    });
    return answer.json();
  }

  // True where the reader has been told what came of it.
  async function send(form) {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const said = await post(form);
      if (said.status === "accepted" && said.thank_you) {
        location.assign(said.thank_you);
        return true;
      }
      if (said.mistakes) return mark(form, said);
      if (!said.ticket) {
        tell(form, said);
        return true;
      }
      hidden(form, "ticket", said.ticket);
      await Promise.all([later(TOO_EARLY), work(form, said.proof)]);
    }
    return false;
  }

  async function fetchTicket(form) {
    const answer = await fetch(`${form.getAttribute("action")}/ticket`, { credentials: "omit" });
    const given = await answer.json();
    hidden(form, "ticket", given.ticket);
    await Promise.all([later(TOO_EARLY), work(form, given.proof)]);
  }

  function inPlace(form) {
    let ticket = null;
    const begin = () => (ticket ??= fetchTicket(form).catch(() => {}));
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && !form.elements.namedItem("zone")) hidden(form, "zone", zone);
    hidden(form, "referrer", location.origin + location.pathname);
    for (const [name, value] of new URLSearchParams(location.search)) {
      if (name.startsWith("utm_")) hidden(form, name, value);
    }
    form.addEventListener("focusin", begin, { once: true });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("[type=submit]");
      unmark(form);
      form.append(line("dripcourse-told", "status", form.dataset.wait));
      button.disabled = true;
      try {
        await begin();
        if (!(await send(form))) plainly(form);
      } catch {
        plainly(form);
      } finally {
        button.disabled = false;
        [...form.querySelectorAll(".dripcourse-told[role=status]")].forEach((each) => each.remove());
      }
    });
  }

  document.querySelectorAll("form[data-proof]").forEach(solveFirst);
  document.querySelectorAll("form[data-dripcourse]").forEach(inPlace);
})();

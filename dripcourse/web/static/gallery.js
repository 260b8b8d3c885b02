// Renews a preview page once the folder has changed, and turns mails by the arrow keys. The pages work without it.
"use strict";
const watch = document.getElementById("watch");
const seen = watch.dataset.stamp;
const keys = document.querySelector("a[rel=next], a[rel=prev]") ? " The arrow keys ← → turn to the mails beside it." : "";

function say(text) {
  if (watch.textContent !== text) {
    watch.textContent = text;
  }
}

async function look() {
  try {
    const answer = await fetch(`/changes?seen=${encodeURIComponent(seen)}`, { cache: "no-store" });
    if ((await answer.json()).changed) {
      location.reload();
      return;
    }
    say(`This page renews itself when you save a file.${keys}`);
  } catch {
    say("The preview has been stopped. Run the command again; this page will then go on by itself.");
  }
  setTimeout(look, 1000);
}

document.addEventListener("keydown", (event) => {
  const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  if (!rel || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) {
    return;
  }
  document.querySelector(`a[rel=${rel}]`)?.click();
});

look();

// Chooses the reader's own time zone in a sign-up form. Without it, the reader chooses.
"use strict";
const select = document.querySelector("select[name=zone]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;

// Browsers may know a zone by an older name than ours: Asia/Calcutta for Asia/Kolkata.
function isOwn(zone) {
  try {
    return Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone === own;
  } catch {
    return false;
  }
}

if (select && !select.value && own) {
  const zones = [...select.options].map((option) => option.value).filter(Boolean);
  const found = zones.includes(own) ? own : zones.find(isOwn);
  if (!found) select.add(new Option(own, own));
  select.value = found ?? own;
}

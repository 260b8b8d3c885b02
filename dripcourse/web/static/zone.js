// Chooses the reader's own time zone in a sign-up form. Without it, the reader chooses.
"use strict";
const select = document.querySelector("select[name=zone]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (select && !select.value && own) {
  if (![...select.options].some((option) => option.value === own)) {
    select.add(new Option(own, own));
  }
  select.value = own;
}

// Asks caniemail's data which mail programs do not know what a mail uses. Reads {clients, mails}, prints
// [{mail, support, feature, client}] as JSON; a client its data lacks a feature for is told as "unknown".
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(`${process.argv[2]}/`);
const { caniemail } = require('caniemail');
const job = JSON.parse(readFileSync(0, 'utf8'));
const seen = new Map();

for (const mail of job.mails) {
  const html = readFileSync(mail.file, 'utf8');
  const { issues } = caniemail({ clients: job.clients, html });
  for (const [support, found] of [['none', issues.errors], ['partial', issues.warnings]])
    for (const [client, list] of found)
      for (const { title } of list) {
        const key = `${support}|${title}|${client}`;
        if (!seen.has(key)) seen.set(key, { mail: mail.name, support, feature: title, client });
      }
}
console.log(JSON.stringify([...seen.values()]));

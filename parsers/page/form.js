"use strict";
const form = JSON.parse(document.getElementById("form").textContent);
const words = form.words;
const make = (tag, attributes = {}, ...inner) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...inner);
  return made;
};
const controls = new Map(); // one for each field on the page, by its element's id
const lists = new Map(); // the items of each list, by path
let serial = 0, changed = false, saved = { body: null, id: null };

// --- what people write, as machines read it: each reader gives a text, or null where it cannot ---

const squeeze = (text) => text.trim().replace(/\s+/g, " ");
const bare = (text) => text.replace(/\s/g, "").toUpperCase();
const sum = (digits, weights) => weights.reduce((all, weight, at) => all + weight * digits[at], 0);
const dayExists = (day, month, years) => years.some((year) => {
  const date = new Date(Date.UTC(2000, 0, 1));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
});
const centuries = (year, seventh) => {
  if (!/[0-9]/.test(seventh)) return [1900, 2000];
  if ("0123".includes(seventh)) return [1900];
  if ("49".includes(seventh)) return year <= 36 ? [2000] : [1900];
  return year <= 57 ? [2000] : [1800];
};
const cprParts = (text) => /^([0-9]{2})([0-9]{2})([0-9]{2})-?([0-9]{4}|(?=.*[A-Z])[0-9A-Z]{4})$/.exec(bare(text));
const readCpr = (text) => {
  const found = cprParts(text);
  if (!found) return null;
  const [day, month, year] = [found[1], found[2], found[3]].map(Number);
  const real = day > 60 ? day - 60 : day;
  if (month < 1 || month > 12) return null;
  if (!dayExists(real, month, centuries(year, found[4][0]).map((start) => start + year))) return null;
  return `${found[1]}${found[2]}${found[3]}-${found[4]}`;
};
const cprNote = (text) => {
  const found = cprParts(text);
  if (!found) return "";
  if (Number(found[1]) > 60 || /[A-Z]/.test(found[4])) return words.substitute;
  const digits = [...(found[1] + found[2] + found[3] + found[4])].map(Number);
  return sum(digits, [4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 ? words.mod11 : "";
};
const readCvr = (text) => {
  const digits = bare(text).replace(/^(CVR|DK)?(-?N[RO])?[.:]*/, "");
  return /^[1-9][0-9]{7}$/.test(digits) && sum([...digits].map(Number), [2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0 ? digits : null;
};
const readOrgnr = (text) => {
  const found = /^(?:16)?([0-9]{2}[2-9][0-9]{3})-?([0-9]{4})$/.exec(bare(text));
  if (!found) return null;
  const doubled = [...(found[1] + found[2])].map((one, at) => Number(one) * (2 - (at % 2)));
  return doubled.reduce((all, one) => all + (one > 9 ? one - 9 : one), 0) % 10 ? null : `${found[1]}-${found[2]}`;
};
const placeKey = (name) => name.toLowerCase().replaceAll("å", "aa").replaceAll("-", " ").split(/\s+/)
  .filter((word) => word !== "kommune" && word !== "regionskommune").join("");
const places = new Map((form.municipalities || []).map(([code, name]) => [placeKey(name), code]));
const placeNames = new Map(form.municipalities || []);
const readPlace = (text) => {
  const plain = squeeze(text).replace(/\s*\([0-9]{4}\)$/, "");
  if (/^[0-9]{1,4}$/.test(plain)) return placeNames.has(plain.padStart(4, "0")) ? plain.padStart(4, "0") : null;
  const key = placeKey(plain);
  return places.get(key) || places.get(key.replace(/s$/, "")) || null;
};
const readAmount = (text) => {
  const plain = squeeze(text.replace(/kroner|kronor|kr\.?|dkk|sek/gi, " ").replaceAll("\u2212", "-").replaceAll("\u00a0", " "));
  const found = /^(-?)([0-9][0-9., ]*?)(?:,-|\.-|,--)?$/.exec(plain);
  if (!found) return null;
  const number = found[2].trim(), at = Math.max(number.lastIndexOf("."), number.lastIndexOf(","));
  let whole = number, cents = "00";
  if (at >= 0) {
    const mark = number[at], after = number.slice(at + 1), before = number.slice(0, at);
    if (/^[0-9]{1,2}$/.test(after)) {
      if (before.includes(mark)) return null;
      [whole, cents] = [before, after.padEnd(2, "0")];
    } else if (mark !== (form.language === "en" ? "," : ".") || number.includes(mark === "." ? "," : ".")) return null;
  }
  const digits = whole.replace(/[ .,]/g, "");
  if (digits.length > 10 || !/^(?:[0-9]+|[0-9]{1,3}(?:([ .,])[0-9]{3})(?:\1[0-9]{3})*)$/.test(whole)) return null;
  return `${found[1]}${digits}.${cents}`;
};
const readOther = (field) => (text) => {
  if (!field.pattern) return text;
  const known = new RegExp(`^(?:${field.pattern})$`, "u");
  return [text, bare(text)].find((one) => known.test(one)) || null;
};
const readers = {
  cpr: readCpr, cvr: readCvr, orgnr: readOrgnr, municipality: readPlace, amount: readAmount,
  authority: (text) => readCvr(text) || readOrgnr(text),
  date: (text) => (/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? text : null),
  count: (text) => (/^[0-9]{1,9}$/.test(bare(text)) ? String(Number(bare(text))) : null),
  legal_basis: (text) => (/(§|paragraf)\s*[0-9]/i.test(text) ? squeeze(text) : null),
  line: (text) => text.trim(), text: (text) => text.replace(/\r\n?/g, "\n").trim(),
};

// --- fields ---

const showFault = (control, fault) => {
  control.fault.textContent = fault;
  for (const one of control.inputs) one.setAttribute("aria-invalid", fault ? "true" : "false");
};
const valueOf = (control) => {
  const { field, inputs } = control;
  if (control.many) return inputs.filter((one) => one.checked).map((one) => one.value);
  const text = inputs[0].value;
  if (!text.trim()) return null;
  return (readers[field.kind] || readOther(field))(text);
};
const check = (control) => {
  const { field, inputs } = control;
  const empty = control.many ? !inputs.some((one) => one.checked) : !inputs[0].value.trim() && !inputs[0].validity.badInput;
  let fault = "";
  if (empty) fault = field.required ? words.missing : "";
  else if (valueOf(control) === null) fault = words[`wrong_${field.kind}`] || words.wrong;
  showFault(control, fault);
  if (control.note) control.note.textContent = !empty && !fault && field.kind === "cpr" ? cprNote(inputs[0].value) : "";
  return fault;
};
const register = (control) => {
  controls.set(control.id, control);
  for (const one of control.inputs) {
    one.addEventListener("input", () => { changed = true; if (control.fault.textContent) check(control); });
    one.addEventListener("change", () => check(control));
  }
  return control;
};
const input = (field, id, described) => {
  const shared = { id, "aria-describedby": described, "aria-required": field.required ? "true" : "false", autocomplete: "off", "data-path": field.path };
  if (field.kind === "choice" || field.kind === "yes_no") {
    const options = field.kind === "choice" ? field.choices : [["true", words.yes], ["false", words.no]];
    const made = make("select", shared, make("option", { value: "" }, words.choose));
    made.append(...options.map(([value, word]) => make("option", { value }, word)));
    return made;
  }
  if (field.kind === "text") return make("textarea", { ...shared, rows: 4 });
  if (field.kind === "date") return make("input", { ...shared, type: "date", min: "1900-01-01", max: "2200-12-31" });
  const mode = { count: "numeric", amount: "decimal", cvr: "numeric" }[field.kind] || "text";
  return make("input", { ...shared, type: "text", inputmode: mode, list: field.kind === "municipality" ? "places" : null });
};
const fieldElement = (field, owner) => {
  const id = `f${(serial += 1)}`;
  const help = make("p", { class: "help", id: `${id}-help` }, field.help || "");
  const fault = make("p", { class: "wrong", id: `${id}-wrong`, "aria-live": "polite" });
  const note = make("p", { class: "note", id: `${id}-note`, "aria-live": "polite" });
  const star = field.required ? [make("span", { class: "star", "aria-hidden": "true" }, " *")] : [];
  const described = `${id}-help ${id}-wrong ${id}-note`;
  if (field.listed === field.path && field.kind === "choice") {
    const boxes = field.choices.map(([value], at) => make("input", { type: "checkbox", value, id: at ? `${id}-${at}` : id, "data-path": field.path }));
    const lines = boxes.map((box, at) => make("label", {}, box, field.choices[at][1]));
    const element = make("div", { class: "field wide checks", role: "group", "aria-labelledby": `${id}-name`, "aria-describedby": described },
      make("span", { class: "name", id: `${id}-name` }, field.label, ...star), help, ...lines, fault);
    owner.push(register({ id, field, inputs: boxes, fault, note: null, many: true }));
    return element;
  }
  const one = input(field, id, described);
  owner.push(register({ id, field, inputs: [one], fault, note, many: false }));
  const wide = field.kind === "text" ? " wide" : "";
  return make("div", { class: `field${wide}` }, make("label", { for: id }, field.label, ...star), help, one, fault, note);
};

// --- lists: items that are added and taken away ---

const listElement = (path, fields, heading) => {
  const items = [];
  const holder = make("div", {});
  lists.set(path, items);
  const renumber = () => items.forEach((item, at) => { item.head.textContent = `${heading} ${at + 1}`; });
  const add = (focus) => {
    const owned = [];
    const head = make("span", {});
    const remove = make("button", { type: "button", class: "quiet", onclick: () => {
      const at = items.indexOf(item);
      items.splice(at, 1);
      element.remove();
      owned.forEach((control) => controls.delete(control.id));
      changed = true;
      renumber();
      adder.focus();
    } }, words.remove_item);
    const element = make("div", { class: "item", role: "group", "data-item": path }, make("div", { class: "item-head" }, head, remove),
      make("div", { class: "grid" }, ...fields.map((field) => fieldElement(field, owned))));
    const item = { element, head, owned };
    items.push(item);
    holder.append(element);
    renumber();
    if (focus) owned[0].inputs[0].focus();
  };
  const adder = make("button", { type: "button", "data-add": path, onclick: () => { changed = true; add(true); } }, `+ ${words.add_item}`);
  if (form.required_lists.includes(path)) add(false);
  return make("fieldset", { class: "wide" }, make("legend", {}, heading), holder, adder);
};

// --- the page ---

const singles = [], own = [];
const page = document.getElementById("fields");
const sections = [];
for (const field of form.fields) {
  const plainList = field.listed && !(field.listed === field.path && field.kind === "choice");
  const key = plainList ? `[${field.listed}]` : field.path.includes(".") ? field.path.split(".")[0] : "";
  const last = sections[sections.length - 1];
  if (last && last.key === key) last.fields.push(field);
  else sections.push({ key, listed: plainList ? field.listed : null, fields: [field] });
}
for (const { key, listed, fields } of sections) {
  if (listed) page.append(listElement(listed, fields, form.groups[listed] || fields[0].label));
  else {
    const grid = make("div", { class: "grid" }, ...fields.map((field) => fieldElement(field, singles)));
    page.append(make("fieldset", {}, make("legend", {}, form.groups[key] || (key ? fields[0].label : words.content)), grid));
  }
}
page.append(make("fieldset", {}, make("legend", {}, words.envelope),
  make("div", { class: "grid" }, ...form.envelope.map((field) => fieldElement(field, own)))));
if (form.municipalities) {
  page.append(make("datalist", { id: "places" }, ...form.municipalities.map(([code, name]) => make("option", { value: name }, code))));
}

// --- out: the JSON, and the labelled text ---

const plain = (control) => {
  const value = valueOf(control);
  if (value === null || control.many) return value;
  return { yes_no: () => value === "true", count: () => Number(value) }[control.field.kind]?.() ?? value;
};
const put = (target, path, value) => {
  const steps = path.split("."), last = steps.pop();
  let at = target;
  for (const step of steps) at = at[step] ??= {};
  at[last] = value;
};
const bodyOf = () => {
  const body = {};
  for (const group of form.required_groups) put(body, `${group}._`, null), delete group.split(".").reduce((at, step) => at[step], body)._;
  for (const control of singles) {
    const value = plain(control);
    if (value !== null && !(control.many && !value.length)) put(body, control.field.path, value);
  }
  for (const [path, items] of lists) {
    const made = items.map(({ owned }) => {
      const item = {};
      for (const control of owned) {
        const value = plain(control);
        if (value === null) continue;
        if (control.field.path === path) return value;
        put(item, control.field.path.slice(path.length + 1), value);
      }
      return item;
    }).filter((item) => typeof item !== "object" || Object.keys(item).length);
    if (made.length) put(body, path, made);
  }
  return body;
};
const envelopeOf = () => Object.fromEntries(own.map((control) => [control.field.path, valueOf(control)]));
const newId = () => {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[6] = (octets[6] & 15) | 64;
  octets[8] = (octets[8] & 63) | 128;
  const hex = [...octets].map((one) => one.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};
const submission = () => {
  const rest = { ...envelopeOf(), body: bodyOf() };
  const same = JSON.stringify(rest);
  if (saved.body !== same) saved = { body: same, id: newId() }; // other content, other id
  return { sagspost: "1", message: form.message, id: saved.id, ...rest };
};
const entry = (label, value) => {
  if (!/\n/.test(value) && !/^[|*_]/.test(value)) return [`${label}: ${value}`];
  return [`${label}:`, ...value.split("\n").map((line) => `| ${line}`)];
};
const said = (control) => {
  const value = valueOf(control), { field } = control;
  if (field.kind === "choice") return field.choices.find(([known]) => known === value)[1];
  if (field.kind === "yes_no") return value === "true" ? words.yes : words.no;
  if (field.kind === "municipality") return placeNames.get(value);
  return value;
};
const labelled = () => {
  const lines = [`--- Sagspost: ${form.message} ---`, form.title];
  for (const control of own) if (valueOf(control)) lines.push(`${control.field.label}: ${valueOf(control)}`);
  for (const control of singles) {
    if (control.many) {
      valueOf(control).forEach((value, at) => lines.push(`${control.field.label} ${at + 1}: ${control.field.choices.find(([known]) => known === value)[1]}`));
    } else if (valueOf(control) !== null) lines.push(...entry(control.field.label, said(control)));
  }
  for (const items of lists.values()) {
    const filled = items.filter(({ owned }) => owned.some((control) => valueOf(control) !== null));
    filled.forEach(({ owned }, at) => owned.forEach((control) => {
      if (valueOf(control) !== null) lines.push(...entry(`${control.field.label} ${at + 1}`, said(control)));
    }));
  }
  return [...lines, `--- ${words.end} ---`, ""].join("\n");
};

const errors = document.getElementById("errors");
const allGood = () => {
  const wrong = [];
  for (const [path, list] of lists) {
    for (const { owned } of list) {
      const used = owned.some((control) => control.inputs[0].value.trim());
      for (const control of owned) {
        if (!used && (list.length > 1 || !form.required_lists.includes(path))) showFault(control, "");
        else if (check(control)) wrong.push(control);
      }
    }
  }
  for (const control of [...singles, ...own]) if (check(control)) wrong.push(control);
  const order = [...document.querySelectorAll("[data-path]")].map((one) => one.id);
  wrong.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  const lines = wrong.map((control) => make("li", {}, make("a", { href: `#${control.id}`, onclick: (event) => {
    event.preventDefault();
    control.inputs[0].focus();
  } }, `${control.field.label}: ${control.fault.textContent}`)));
  document.getElementById("error-list").replaceChildren(...lines);
  errors.hidden = !wrong.length;
  if (wrong.length) errors.focus();
  return !wrong.length;
};
const tell = (text) => { document.getElementById("said").textContent = text; };
document.getElementById("save").addEventListener("click", () => {
  tell("");
  if (!allGood()) return;
  const text = `${JSON.stringify(submission(), null, 2)}\n`;
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "application/json" })), download: `${form.message}.json` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  changed = false;
  tell(words.saved);
});
document.getElementById("copy").addEventListener("click", async () => {
  tell("");
  if (!allGood()) return;
  const box = document.getElementById("copy-text");
  box.value = labelled();
  document.getElementById("copy-box").hidden = false;
  let done = false;
  try {
    await navigator.clipboard.writeText(box.value);
    done = true;
  } catch {
    box.select();
    done = document.execCommand("copy");
  }
  changed = false;
  tell(done ? words.copied : words.copy_by_hand);
});
// Leaving a field may show a fault and move the page: a button must not slip away under the pointer.
addEventListener("mousedown", (event) => { if (event.target.closest("button")) event.preventDefault(); });
addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });

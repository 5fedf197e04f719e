// A form for one provisioned object, made of the table of its fields (GET /api/v1/fields). What is right is the server's to say.
import {el, setText} from "./dom.js";
import {t} from "./i18n.js";

const lines = (text) => text.split("\n").map((line) => line.trim()).filter((line) => line);

const textOf = (field, value) => el("input", {type: "text", autocomplete: "off", spellcheck: "false", value: value ?? ""});

/** What is left empty is null where that is a value. */
const textRead = (field, input) => (input.value === "" && field.nullable ? null : input.value);

const area = (text) => {
	const input = el("textarea", {rows: Math.min(8, text.split("\n").length + 1), spellcheck: "false"});
	input.value = text;
	return input;
};

/** Something that is no JSON goes as it is: the server says what is wrong with it. */
function jsonRead(_field, input) {
	try {
		return JSON.parse(input.value || "[]");
	} catch {
		return input.value;
	}
}

/** By its type how a field is shown, and what was entered. */
const types = {
	number: {
		make: (field, value) => el("input", {type: "text", inputmode: "numeric", autocomplete: "off", value: value ?? ""}),
		read: (field, input) => (/^\d{1,15}$/.test(input.value.trim()) ? Number(input.value) : input.value.trim()),
	},
	bool: {
		make: (field, value) => el("input", {type: "checkbox", checked: value === true}),
		read: (field, input) => input.checked,
	},
	choice: {
		make: (field, value) => el("select", {}, ...field.choices.map((choice) => el("option", {value: choice, selected: choice === value}, choice))),
		read: (field, input) => input.value,
	},
	list: {make: (field, value) => area((value ?? []).join("\n")), read: (field, input) => lines(input.value)},
	names: {make: (field, value) => area((value ?? []).join("\n")), read: (field, input) => lines(input.value)},
	objects: {make: (field, value) => area(value?.length ? JSON.stringify(value, null, 1) : ""), read: jsonRead},
	text: {make: textOf, read: textRead},
};

/** A password is never told: what is left empty stays as it is. */
const secret = {
	make: (field, value, isNew) => el("input", {type: "password", autocomplete: "new-password", placeholder: isNew ? "" : t("unchanged")}),
	read: (field, input) => (input.value === "" ? undefined : input.value),
};

class Entry {
	constructor(field, value, {isNew, names}) {
		this.field = field;
		this.type = field.secret ? secret : types[field.type] ?? types.text;
		this.input = this.type.make(field, value, isNew);
		this.first = JSON.stringify(this.value);
		this.problem = el("p", {class: "problem", role: "alert", hidden: true});
		this.input.id = `field-${field.name}`;
		this.input.disabled = !isNew && Boolean(field.key || field.fixed || field.birth);
		this.node = el("div", {class: "entry", "data-type": field.type}, this.label(), this.input, this.problem, this.help(names));
	}

	label() {
		return el("label", {for: this.input.id}, t(`field.${this.field.name}`, this.field.name), " ", el("code", {}, this.field.name));
	}

	/** What it is, and the names it may have. */
	help(names = []) {
		const help = el("p", {class: "hint", lang: "en"}, this.field.help);
		if (names.length && this.field.type === "name") {
			const list = el("datalist", {id: `${this.input.id}-names`}, ...names.map((name) => el("option", {value: name})));
			this.input.setAttribute("list", list.id);
			return el("div", {}, help, list);
		}
		return names.length ? el("div", {}, help, el("p", {class: "hint"}, names.join(", "))) : help;
	}

	get value() {
		return this.type.read(this.field, this.input);
	}

	get changed() {
		return JSON.stringify(this.value) !== this.first;
	}

	complain(text) {
		setText(this.problem, text);
		this.problem.hidden = !text;
		this.input.setAttribute("aria-invalid", String(Boolean(text)));
	}
}

export class FieldForm {
	/**
	 * options: fields (the table), object (null: a new one), first (names of fields that are seen at once), names (kind -> names)
	 */
	constructor({fields, object, first, names}) {
		this.isNew = !object;
		this.entries = fields.map((field) => new Entry(field, (object ?? {})[field.name] ?? field.default,
			{isNew: this.isNew, names: names[field.of]}));
		const seen = (entry) => first.includes(entry.field.name);
		const more = this.entries.filter((entry) => !seen(entry)).map((entry) => entry.node);
		this.more = el("details", {hidden: !more.length}, el("summary", {}, t("moreFields")), el("div", {class: "entries"}, ...more));
		this.node = el("div", {}, el("div", {class: "entries"}, ...this.entries.filter(seen).map((entry) => entry.node)), this.more);
	}

	/** What was changed, with the name of the object. */
	read() {
		const wanted = this.entries.filter((entry) => entry.field.key || entry.changed || (this.isNew && entry.field.default === undefined));
		return Object.fromEntries(wanted.map((entry) => [entry.field.name, entry.value]).filter(([, value]) => value !== undefined));
	}

	get key() {
		return this.entries.find((entry) => entry.field.key).value;
	}

	/** Say what is wrong beside its field; false: there is none of this name. */
	complain(name, text) {
		const entry = this.entries.find(({field}) => field.name === name);
		if (!entry)
			return false;
		entry.complain(text);
		this.more.open ||= this.more.contains(entry.node);
		entry.input.focus();
		return true;
	}

	clear() {
		for (const entry of this.entries)
			entry.complain("");
	}

	lock(locked) {
		for (const {input, field} of this.entries)
			input.disabled = locked || (!this.isNew && Boolean(field.key || field.fixed || field.birth));
	}
}

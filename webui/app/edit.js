// An object is created, changed or removed: a form, then the difference that the server would make, then once.
import {api} from "./api.js";
import {el, setText} from "./dom.js";
import {errorPlace} from "./errors.js";
import {FieldForm} from "./form.js";
import {t} from "./i18n.js";
import {phrase} from "./phrases.js";

const namesMax = 100;

/** Names that a field may have, by kind; there may be very many accounts. */
const sources = {
	interface: async () => (await api.config("interfaces")).interfaces.map(({name}) => name),
	trunk: async () => (await api.trunks()).trunks.map(({name}) => name),
	account: async () => (await api.accounts({limit: namesMax})).accounts.map(({name}) => name),
	tariff: async () => (await api.tariffs({limit: namesMax})).tariffs.map(({name}) => name),
};

async function namesOf(fields) {
	const kinds = [...new Set(fields.map(({of}) => of))].filter((kind) => Object.hasOwn(sources, kind));
	const found = await Promise.all(kinds.map((kind) => sources[kind]()));
	return Object.fromEntries(kinds.map((kind, index) => [kind, found[index].slice(0, namesMax)]));
}

class Editor {
	constructor({plural, title, form, taken}) {
		Object.assign(this, {plural, form, taken});
		this.changes = el("ul", {class: "changes", role: "status"});
		this.problem = el("p", {class: "problem", role: "alert"});
		this.button = el("button", {class: "primary"}, t("continue"));
		this.remove = el("button", {type: "button", class: "danger", hidden: form.isNew, onclick: () => this.removalAsk()}, t("remove"));
		const cancel = el("button", {type: "button", onclick: () => this.dialog.close()}, t("cancel"));
		this.dialog = el("dialog", {class: "edit", "aria-label": title}, el("form", {onsubmit: (event) => this.submit(event),
			oninput: () => this.asked()}, el("h2", {}, title), form.node, this.changes, this.problem,
		el("div", {class: "buttons"}, this.remove, cancel, this.button)));
	}

	/** Something else is asked now: it is to be confirmed anew. */
	asked() {
		this.confirmed = null;
		this.changes.replaceChildren();
		this.button.classList.remove("danger");
		setText(this.button, t("continue"));
		setText(this.problem, "");
	}

	async submit(event) {
		event.preventDefault();
		if (this.confirmed)
			return this.send(this.confirmed, false);
		this.form.clear();
		if (this.form.isNew && this.taken.has(this.form.key))
			return this.form.complain(this.keyName, t("nameTaken"));
		return this.send({[this.plural]: [this.form.read()]}, true);
	}

	get keyName() {
		return this.form.entries.find(({field}) => field.key).field.name;
	}

	async removalAsk() {
		this.asked();
		this.form.clear();
		if (await this.send({remove: {[this.plural]: [this.form.key]}}, true))
			this.button.classList.add("danger");
	}

	/** The window stays as it is while the answer is awaited. True: the server took it. */
	async send(document, dry) {
		this.lock(true);
		try {
			const answer = await api.apply(document, dry);
			this.lock(false);
			if (dry)
				this.preview(document, answer);
			else
				this.dialog.close();
			return true;
		} catch (error) {
			this.lock(false);
			this.asked();
			this.complain(error);
			return false;
		}
	}

	preview(document, {changes, notes}) {
		const rows = changes.length ? [...changes, ...notes] : [t("nothingChanged")];
		this.changes.replaceChildren(...rows.map((row) => el("li", {}, phrase(row))));
		if (!changes.length)
			return;
		this.confirmed = document;
		setText(this.button, t("apply"));
		this.button.focus();
		this.changes.scrollIntoView({block: "nearest"});
	}

	complain(error) {
		const {field, text} = errorPlace(error, this.plural);
		if (!field || !this.form.complain(field, text))
			setText(this.problem, text);
	}

	lock(locked) {
		this.form.lock(locked);
		this.button.disabled = this.remove.disabled = locked;
	}
}

/**
 * Ask for an object's fields and apply them; resolves when the window is closed, whatever was done in it.
 *
 * options: plural ("trunks"), key (its name; null: a new one), title, first (names of fields that are seen at once)
 */
export async function objectEdit({plural, key, title, first}) {
	const [allFields, config] = await Promise.all([api.fields(), api.config(plural)]);
	const fields = allFields[plural], [keyField] = fields;
	const object = key === null ? null : config[plural].find((one) => one[keyField.name] === key);
	if (object === undefined)
		throw Object.assign(new Error(), {code: "not_found", message: ""});
	const form = new FieldForm({fields, object, first, names: await namesOf(fields)});
	const editor = new Editor({plural, title, form, taken: new Set(config[plural].map((one) => one[keyField.name]))});
	return new Promise((resolve) => {
		editor.dialog.addEventListener("close", () => {
			editor.dialog.remove();
			resolve();
		});
		document.body.append(editor.dialog);
		editor.dialog.showModal();
	});
}

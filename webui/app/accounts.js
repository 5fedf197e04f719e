// Who has how much: all accounts by name.
import {api} from "./api.js";
import {el, KeyedTable} from "./dom.js";
import {number} from "./format.js";
import {t} from "./i18n.js";
import {amount, mood} from "./money.js";

const pageSize = 100;

export const accountLink = (name) => el("a", {class: "link", href: `#account/${encodeURIComponent(name)}`}, name);

export class AccountsView {
	constructor(app) {
		this.app = app;
		this.after = "";
		this.begins = "";
		this.table = new KeyedTable({
			label: t("accounts"),
			empty: t("noAccounts"),
			key: (account) => account.name,
			columns: [
				{label: t("name"), cell: (account) => accountLink(account.name), class: "name"},
				{label: t("kind"), cell: (account) => t(`kind.${account.kind}`, account.kind)},
				{label: t("balance"), cell: (account) => el("span", {"data-mood": mood(account.balance)}, amount(account.balance)), class: "figure"},
				{label: t("reserved"), cell: (account) => amount(account.reserved), class: "figure"},
				{label: t("available"), cell: (account) => amount(account.available, t("noLimit")), class: "figure"},
				{label: t("currency"), cell: (account) => account.currency},
				{label: t("callsUp"), cell: (account) => number(account.calls), class: "figure"},
				{label: t("callState"), cell: (account) => el("span", {class: "badge", "data-mood": account.enabled ? "good" : "warn"},
					t(account.enabled ? "enabled" : "disabled"))},
			],
		});
		this.further = el("button", {onclick: () => this.turn(this.next)}, t("further"));
		this.first = el("button", {onclick: () => this.turn("")}, t("first"));
		this.node = el("section", {}, el("div", {class: "heading"}, el("h2", {}, t("accounts")), this.form()), this.table.node,
			el("div", {class: "buttons"}, this.first, this.further));
	}

	form() {
		const begins = el("input", {id: "begins", type: "search", maxlength: 64});
		const submit = (event) => {
			event.preventDefault();
			this.begins = begins.value.trim();
			this.turn("");
		};
		return el("form", {class: "filter", onsubmit: submit}, el("label", {for: "begins"}, t("nameBegins")), begins,
			el("button", {class: "primary"}, t("show")));
	}

	async turn(after) {
		this.after = after;
		await this.app.refresh();
	}

	async refresh() {
		const page = await api.accounts({limit: pageSize, after: this.after, begins: this.begins});
		this.next = page.next;
		this.table.update(page.accounts);
		this.further.disabled = !page.next;
		this.first.disabled = !this.after;
	}
}

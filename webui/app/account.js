// One account: what it has, its calls, what was booked, and the forms that move money.
import {api} from "./api.js";
import {el, KeyedTable, setText, showDetails} from "./dom.js";
import {duration, none, number, time} from "./format.js";
import {t} from "./i18n.js";
import {amount, money, mood, nanoOf, textOf} from "./money.js";
import {paymentAsk} from "./payment.js";

const pageSize = 50;

/** A row a tile: what it is called, what it says, what stands below it. */
const tiles = [
	{label: "balance", value: (account) => amount(account.balance), note: (account) => account.currency, mood: (account) => mood(account.balance)},
	{label: "reserved", value: (account) => amount(account.reserved), note: (account) => account.currency},
	{label: "available", value: (account) => amount(account.available, t("noLimit")), note: (account) => account.currency,
		mood: (account) => mood(account.available)},
	{label: "creditLimit", value: (account) => amount(account.credit_limit, t("unlimited")),
		note: (account) => (account.credit_limit === null ? "" : account.currency)},
	{label: "tariff", value: (account) => account.tariff ?? none, note: (account) => t(`kind.${account.kind}`, account.kind)},
];

const callColumns = () => [
	{label: t("caller"), cell: (call) => call.caller || none, class: "number"},
	{label: t("callee"), cell: (call) => call.callee || none, class: "number"},
	{label: t("from"), cell: (call) => call.src_trunk || none},
	{label: t("to"), cell: (call) => call.dst_trunk || none},
	{label: t("callState"), cell: (call) => el("span", {class: "badge", "data-mood": call.talk_ms ? "good" : "warn"},
		t(`call.${call.state}`, call.state))},
	{label: t("talk"), cell: (call) => (call.talk_ms ? duration(call.talk_ms) : none), class: "figure"},
];

const entryColumns = () => [
	{label: t("time"), cell: (entry) => time(entry.at_us)},
	{label: t("kind"), cell: (entry) => t(`entry.${entry.kind}`, entry.kind)},
	{label: t("amount"), cell: (entry) => el("span", {"data-mood": mood(entry.amount)}, amount(entry.amount)), class: "figure"},
	{label: t("balanceAfter"), cell: (entry) => amount(entry.balance), class: "figure"},
	{label: t("currency"), cell: (entry) => entry.currency},
	{label: t("call"), cell: (entry) => (entry.cdr_id
		? el("a", {class: "link", href: `#cdr/${encodeURIComponent(entry.cdr_id)}`}, entry.cdr_id.slice(-8)) : none)},
	{label: t("note"), cell: (entry) => entry.note ?? none, class: "note"},
];

export class AccountView {
	constructor(app, name) {
		this.app = app;
		this.name = name;
		this.before = "";
		this.tiles = tiles.map((row) => ({row, value: el("p", {class: "value money"}), note: el("p", {class: "note"})}));
		this.calls = new KeyedTable({label: t("liveCalls"), empty: t("noCalls"), key: (call) => call.id, columns: callColumns()});
		this.entries = new KeyedTable({label: t("ledger"), empty: t("noEntries"), key: (entry) => `${entry.entry_id} ${entry.amount}`,
			columns: entryColumns()});
		this.callCount = el("span", {class: "count"});
		this.older = el("button", {onclick: () => this.turn(this.next)}, t("older"));
		this.newest = el("button", {onclick: () => this.turn("")}, t("newest"));
		this.node = el("div", {}, this.heading(),
			el("section", {class: "tiles", "aria-label": t("account")}, ...this.tiles.map((tile) =>
				el("div", {class: "tile"}, el("h2", {}, t(tile.row.label)), tile.value, tile.note))),
			el("section", {}, el("div", {class: "heading"}, el("h2", {}, t("ledger"))), this.entries.node,
				el("div", {class: "buttons"}, this.newest, this.older)),
			el("section", {}, el("div", {class: "heading"}, el("h2", {}, t("liveCalls")), this.callCount), this.calls.node));
	}

	heading() {
		const moves = [["topup", "primary"], ["refund", ""], ["adjust", ""]].map(([what, look]) =>
			el("button", {class: look, "data-move": what, disabled: true, onclick: () => this.move(what)}, t(`move.${what}`)));
		this.buttons = [...moves, el("button", {disabled: true, onclick: () => this.detailsShow()}, t("details"))];
		return el("div", {class: "heading"}, el("h1", {}, this.name), el("div", {class: "filter"}, ...this.buttons));
	}

	async move(what) {
		const {name, currency, balance} = this.account;
		await paymentAsk({
			title: `${t(`move.${what}`)}: ${name}`, label: `${t("amount")} (${currency})`, action: t(`book.${what}`),
			wrong: (nano) => (nano === 0n || (nano < 0n && what !== "adjust") ? t("notAboveZero") : null),
			preview: (nano) => `${t("balance")}: ${amount(balance)} → ${money(textOf(nanoOf(balance) + nano), currency)}`,
			book: (sum, note, key) => api.move(name, what, {amount: sum, currency, note}, key),
			result: (receipt) => `${t("newBalance")}: ${money(receipt.balance, receipt.currency)}`,
		});
		await this.app.refresh();
	}

	detailsShow() {
		const pairs = Object.entries(this.account).map(([field, value]) =>
			[field, value !== null && typeof value === "object" ? JSON.stringify(value) : String(value ?? none)]);
		showDetails(t("account"), pairs, t("close"));
	}

	async turn(before) {
		this.before = before;
		await this.app.refresh();
	}

	async refresh() {
		const account = await api.account(this.name);
		const page = await api.ledger(this.name, {limit: pageSize, before: this.before});
		this.show(account, page);
		await this.callsRefresh();
	}

	show(account, page) {
		this.account = account;
		this.next = page.next;
		for (const {row, value, note} of this.tiles) {
			setText(value, row.value(account));
			setText(note, row.note(account));
			value.dataset.mood = row.mood?.(account) ?? "";
		}
		this.entries.update(page.entries);
		this.older.disabled = !page.next;
		this.newest.disabled = !this.before;
		for (const button of this.buttons)
			button.disabled = false;
	}

	async callsRefresh() {
		try {
			const {calls, total} = await api.calls({account: this.name});
			this.calls.update(calls);
			setText(this.callCount, number(total));
		} catch (error) {
			this.calls.update([], t("notKnown"));
			setText(this.callCount, none);
			throw error;
		}
	}
}

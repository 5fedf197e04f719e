// One call that is over: what it cost and why, what happened in it, what was corrected.
import {accountLink} from "./accounts.js";
import {api} from "./api.js";
import {el, KeyedTable, setText} from "./dom.js";
import {duration, none, number, time} from "./format.js";
import {say, t} from "./i18n.js";
import {ladderLink} from "./ladder.js";
import {amount, difference, money, mood, textOf} from "./money.js";
import {paymentAsk} from "./payment.js";

const times = ["start_us", "ring_us", "answer_us", "end_us"];

/** What the call costs now. */
export const priceNow = (cdr) => cdr.corrected ?? cdr.price;

/** What is left of the price, where both are in one currency. */
export function margin(cdr) {
	const known = cdr.currency && cdr.currency === cdr.cost_currency && priceNow(cdr) !== null && cdr.cost !== null;
	return known ? difference(priceNow(cdr), cdr.cost) : null;
}

/** A row a tile: what it is called, what it says, what stands below it. */
const tiles = [
	{label: "result", value: (cdr) => t(`disposition.${cdr.disposition}`, cdr.disposition), note: (cdr) => `SIP ${cdr.sip_code ?? none}`},
	{label: "duration", value: (cdr) => (cdr.answer_us ? duration(cdr.duration_ms) : none),
		note: (cdr) => (cdr.billed_s ? say("billedSeconds", number(cdr.billed_s)) : "")},
	{label: "price", value: (cdr) => (cdr.currency ? amount(priceNow(cdr)) : none),
		note: (cdr) => `${cdr.currency ?? ""} ${cdr.corrected ? say("was", amount(cdr.price)) : ""}`},
	{label: "cost", value: (cdr) => (cdr.cost_currency ? amount(cdr.cost) : none), note: (cdr) => cdr.cost_currency ?? ""},
	{label: "margin", value: (cdr) => amount(margin(cdr)), note: (cdr) => (margin(cdr) === null ? "" : cdr.currency),
		mood: (cdr) => mood(margin(cdr))},
];

/** A rate's snapshot, a line each of what it says. */
function rateLines(rate) {
	const lines = [say("rateInterval", amount(rate.per_minute), rate.first, rate.next)];
	const rows = [["rateBands", rate.bands && `${rate.bands.join(", ")}${rate.zone ? ` (${rate.zone})` : ""}`],
		["rateFee", rate.connect_fee && amount(rate.connect_fee)], ["rateGrace", rate.grace],
		["rateLeast", rate.min_charge && amount(rate.min_charge)], ["rateMost", rate.max_charge && amount(rate.max_charge)]];
	return [...lines, ...rows.filter(([, value]) => value).map(([key, value]) => say(key, value))];
}

/** Who is charged by what; which rate it was. */
function tariffLines(chosen, rate, head, charged) {
	if (!chosen)
		return [];
	if (chosen.prefix === undefined)
		return [say("noRate", head, chosen.tariff)];
	return [say("byTariff", head, chosen.tariff, chosen.prefix), ...(rate ? rateLines(rate) : []), ...(charged ? [charged] : [])];
}

/** How route and price came about, a line a step. */
function whyLines(cdr) {
	const why = cdr.why ?? {};
	const tried = (cdr.attempts ?? []).map((attempt) => say("tried", attempt.trunk, attempt.code ?? none, number(attempt.ms ?? 0), attempt.reason ?? ""));
	const price = cdr.billed_s !== null && cdr.currency ? say("charged", number(cdr.billed_s), money(cdr.price, cdr.currency)) : null;
	const cost = cdr.answer_us && cdr.cost_currency ? say("paidOn", money(cdr.cost, cdr.cost_currency)) : null;
	return [...(why.route === undefined ? [] : [say("routed", why.route)]), ...tried,
		...tariffLines(why.price, cdr.rate, t("price"), cdr.answer_us ? price : null),
		...tariffLines(why.cost, cdr.cost_rate, t("cost"), cost)];
}

const pairs = (detail) => Object.entries(detail).filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${asText(value)}`).join(", ");

const asText = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value, null, 1) : String(value));

export class RecordView {
	constructor(app, id) {
		this.app = app;
		this.id = id;
		this.title = el("h1", {});
		this.actions = el("div", {class: "filter"});
		this.tiles = tiles.map((row) => ({row, value: el("p", {class: "value money"}), note: el("p", {class: "note"})}));
		this.why = el("ol", {class: "why"});
		this.events = new KeyedTable({label: t("events"), empty: t("noEvents"), key: (event) => event.seq, columns: [
			{label: t("time"), cell: (event) => time(event.at_us)},
			{label: t("kind"), cell: (event) => event.kind},
			{label: t("details"), cell: (event) => (event.detail ? pairs(event.detail) : none), class: "note"},
		]});
		this.corrections = new KeyedTable({label: t("corrections"), empty: t("noCorrections"), key: (row) => row.key, columns: [
			{label: t("time"), cell: (row) => time(row.at_us)},
			{label: t("before"), cell: (row) => amount(row.was), class: "figure"},
			{label: t("price"), cell: (row) => amount(row.price), class: "figure"},
			{label: t("note"), cell: (row) => row.note ?? none, class: "note"},
		]});
		this.fields = el("dl");
		this.body = el("div", {hidden: true}, this.sections());
		this.gone = el("p", {class: "empty card", hidden: true}, t("noRecord"));
		this.node = el("div", {}, el("div", {class: "heading"}, this.title, this.actions), this.gone, this.body);
	}

	sections() {
		const section = (title, ...nodes) => el("section", {}, el("div", {class: "heading"}, el("h2", {}, title)), ...nodes);
		return el("div", {},
			el("section", {class: "tiles", "aria-label": t("record")}, ...this.tiles.map((tile) =>
				el("div", {class: "tile"}, el("h2", {}, t(tile.row.label)), tile.value, tile.note))),
			section(t("whyTitle"), el("div", {class: "card"}, this.why)), section(t("events"), this.events.node),
			section(t("corrections"), this.corrections.node), section(t("allFields"), el("div", {class: "card"}, this.fields)));
	}

	/** A record never changes: what may come is an event or a correction. */
	async refresh() {
		try {
			this.show(await api.cdr(this.id));
		} catch (error) {
			if (error.code !== "not_found")
				throw error;
			this.gone.hidden = false;
		}
	}

	show({cdr, events, corrections}) {
		setText(this.title, `${cdr.caller ?? none} → ${cdr.callee ?? none}`);
		for (const {row, value, note} of this.tiles) {
			setText(value, row.value(cdr));
			setText(note, row.note(cdr));
			value.dataset.mood = row.mood?.(cdr) ?? "";
		}
		this.events.update(events);
		this.corrections.update(corrections);
		this.cdr = cdr;
		if (this.body.hidden)
			this.once(cdr);
	}

	once(cdr) {
		this.actions.replaceChildren(...[cdr.account && accountLink(cdr.account), ladderLink(cdr.cdr_id, cdr),
			cdr.currency && cdr.account && el("button", {"data-move": "correct", onclick: () => this.correct()}, t("correct"))].filter(Boolean));
		this.why.replaceChildren(...whyLines(cdr).map((line) => el("li", {}, line)));
		this.fields.replaceChildren(...Object.entries(cdr).filter(([, value]) => value !== null).flatMap(([name, value]) =>
			[el("dt", {}, name), el("dd", {}, times.includes(name) ? `${time(value)} (${value})` : asText(value))]));
		this.gone.hidden = true;
		this.body.hidden = false;
	}

	async correct() {
		const {cdr_id: id, currency} = this.cdr;
		const before = priceNow(this.cdr);
		await paymentAsk({
			title: t("correct"), label: `${t("newPrice")} (${currency})`, action: t("bookCorrection"),
			wrong: (nano) => (nano < 0n ? t("notBelowZero") : null),
			preview: (nano) => `${t("price")}: ${amount(before)} → ${money(textOf(nano), currency)}`,
			book: (price, note, key) => api.correct(id, {price, note}, key),
			result: (receipt) => `${t("newBalance")}: ${money(receipt.balance, receipt.currency)}`,
		});
		await this.app.refresh();
	}
}

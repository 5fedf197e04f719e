// Money is moved: amount and note, then what it comes to, then once. The operation has a key of its own from the moment
// the window opens, so that it is booked once however often it is asked for.
import {api} from "./api.js";
import {el, setText} from "./dom.js";
import {t} from "./i18n.js";
import {money, nanoOf, textOf} from "./money.js";

function keyMake() {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return "web-" + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What is wrong with an amount, or null. */
function wrong(nano, what) {
	if (nano === null)
		return t("noAmount");
	if (nano === 0n || (nano < 0n && what !== "adjust"))
		return t("notAboveZero");
	return null;
}

class Payment {
	constructor(account, what) {
		this.account = account;
		this.what = what;
		this.key = keyMake();
		this.problem = el("p", {class: "problem", role: "alert"});
		this.amount = el("input", {id: "amount", inputmode: "decimal", autocomplete: "off", maxlength: 24, oninput: () => this.asked()});
		this.note = el("input", {id: "note", autocomplete: "off", maxlength: 200, oninput: () => this.asked()});
		this.sum = el("p", {class: "sum", role: "status"});
		this.book = el("button", {class: "primary"}, t("continue"));
		this.cancel = el("button", {type: "button", onclick: () => this.dialog.close()}, t("cancel"));
		this.dialog = el("dialog", {class: "ask payment", "aria-label": this.title()}, this.form());
		this.dialog.addEventListener("close", () => this.dialog.remove());
	}

	title() {
		return `${t(`move.${this.what}`)}: ${this.account.name}`;
	}

	form() {
		return el("form", {onsubmit: (event) => this.submit(event)}, el("h2", {}, this.title()),
			el("label", {for: "amount"}, `${t("amount")} (${this.account.currency})`), this.amount,
			el("label", {for: "note"}, t("note")), this.note, this.sum, this.problem,
			el("div", {class: "buttons"}, this.cancel, this.book));
	}

	/** Something else is asked now: it is to be confirmed anew. */
	asked() {
		this.confirmed = false;
		setText(this.book, t("continue"));
		setText(this.sum, "");
		setText(this.problem, "");
	}

	async submit(event) {
		event.preventDefault();
		if (this.done)
			this.dialog.close();
		else if (!this.confirmed)
			this.confirm();
		else
			await this.send();
	}

	confirm() {
		const nano = nanoOf(this.amount.value);
		const problem = wrong(nano, this.what);
		setText(this.problem, problem ?? "");
		if (problem)
			return;
		const after = textOf(nanoOf(this.account.balance) + nano);
		this.confirmed = textOf(nano);
		setText(this.sum, `${t("balance")}: ${money(this.account.balance, "")} → ${money(after, this.account.currency)}`);
		setText(this.book, t(`book.${this.what}`));
	}

	/** The window stays as it is while the answer is awaited: nothing is sent twice. */
	async send() {
		this.lock(true);
		try {
			const body = {amount: this.confirmed, currency: this.account.currency};
			if (this.note.value.trim())
				body.note = this.note.value.trim();
			this.booked(await api.move(this.account.name, this.what, body, this.key));
		} catch (error) {
			setText(this.problem, error.code === "offline" || error.status === 503 ? t("bookUnsure") : error.message);
			this.lock(false);
		}
	}

	lock(locked) {
		for (const node of [this.amount, this.note, this.book])
			node.disabled = locked;
	}

	booked(receipt) {
		this.done = true;
		setText(this.problem, "");
		setText(this.sum, `${t(receipt.repeated ? "bookedBefore" : "booked")} ${t("newBalance")}: ${money(receipt.balance, receipt.currency)}`);
		this.cancel.hidden = true;
		this.book.disabled = false;
		setText(this.book, t("close"));
		this.book.focus();
	}
}

/** Resolves when the window is closed, whatever was done in it. */
export function paymentAsk(account, what) {
	const payment = new Payment(account, what);
	return new Promise((resolve) => {
		payment.dialog.addEventListener("close", () => resolve());
		document.body.append(payment.dialog);
		payment.dialog.showModal();
		payment.amount.focus();
	});
}

// Money is moved: an amount and a note, then what it comes to, then once. The operation has a key of its own from the
// moment the window opens, so that it is booked once however often it is asked for.
import {el, setText} from "./dom.js";
import {errorText} from "./errors.js";
import {t} from "./i18n.js";
import {nanoOf, textOf} from "./money.js";

function keyMake() {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return "web-" + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Payment {
	constructor(options) {
		Object.assign(this, options);
		this.key = keyMake();
		this.problem = el("p", {class: "problem", role: "alert"});
		this.amount = el("input", {id: "amount", inputmode: "decimal", autocomplete: "off", maxlength: 24, oninput: () => this.asked()});
		this.note = el("input", {id: "note", autocomplete: "off", maxlength: 200, oninput: () => this.asked()});
		this.sum = el("p", {class: "sum", role: "status"});
		this.button = el("button", {class: "primary"}, t("continue"));
		this.cancel = el("button", {type: "button", onclick: () => this.dialog.close()}, t("cancel"));
		this.dialog = el("dialog", {class: "ask payment", "aria-label": this.title}, this.form());
		this.dialog.addEventListener("close", () => this.dialog.remove());
	}

	form() {
		return el("form", {onsubmit: (event) => this.submit(event)}, el("h2", {}, this.title),
			el("label", {for: "amount"}, this.label), this.amount,
			el("label", {for: "note"}, t("note")), this.note, this.sum, this.problem,
			el("div", {class: "buttons"}, this.cancel, this.button));
	}

	/** Something else is asked now: it is to be confirmed anew. */
	asked() {
		this.confirmed = null;
		setText(this.button, t("continue"));
		setText(this.sum, "");
		setText(this.problem, "");
	}

	async submit(event) {
		event.preventDefault();
		if (this.done)
			this.dialog.close();
		else if (this.confirmed)
			await this.send();
		else
			this.confirm();
	}

	confirm() {
		const nano = nanoOf(this.amount.value);
		const problem = nano === null ? t("noAmount") : this.wrong(nano);
		setText(this.problem, problem ?? "");
		if (problem)
			return;
		this.confirmed = textOf(nano);
		setText(this.sum, this.preview(nano));
		setText(this.button, this.action);
	}

	/** The window stays as it is while the answer is awaited: nothing is sent twice. */
	async send() {
		this.lock(true);
		try {
			this.booked(await this.book(this.confirmed, this.note.value.trim() || undefined, this.key));
		} catch (error) {
			setText(this.problem, error.code === "offline" || error.status === 503 ? t("bookUnsure") : errorText(error));
			this.lock(false);
		}
	}

	lock(locked) {
		for (const node of [this.amount, this.note, this.button])
			node.disabled = locked;
	}

	booked(receipt) {
		this.done = true;
		setText(this.problem, "");
		setText(this.sum, `${t(receipt.repeated ? "bookedBefore" : "booked")} ${this.result(receipt)}`);
		this.cancel.hidden = true;
		this.button.disabled = false;
		setText(this.button, t("close"));
		this.button.focus();
	}
}

/**
 * Ask for an amount and book it; resolves when the window is closed, whatever was done in it.
 *
 * options: title, label (of the amount), action (the button's words); wrong(nano) -> what is wrong or null; preview(nano) ->
 * what it comes to; book(amount, note, key) -> receipt; result(receipt) -> what it came to
 */
export function paymentAsk(options) {
	const payment = new Payment(options);
	return new Promise((resolve) => {
		payment.dialog.addEventListener("close", () => resolve());
		document.body.append(payment.dialog);
		payment.dialog.showModal();
		payment.amount.focus();
	});
}

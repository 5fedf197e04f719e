// Amounts as decimal text, exact to nine decimals: whole numbers of 1e-9 between, never a JavaScript number.
import {language} from "./i18n.js";

const scale = 1000000000n;
const form = /^(-?)(\d{1,10})(?:\.(\d{1,9}))?$/;

/** Text as a whole number of 1e-9; null: it is no amount. */
export function nanoOf(text) {
	const found = form.exec(text.trim());
	if (!found)
		return null;
	const nano = BigInt(found[2]) * scale + BigInt((found[3] ?? "").padEnd(9, "0"));
	return found[1] ? -nano : nano;
}

/** And back, with at least two decimals: what the server takes and gives. */
export function textOf(nano) {
	const size = nano < 0n ? -nano : nano;
	const decimals = (size % scale).toString().padStart(9, "0").replace(/0{1,7}$/, "");
	return `${nano < 0n ? "-" : ""}${size / scale}.${decimals}`;
}

/** For people: "1,234.50", or what stands in for an amount that is not known. */
export function amount(text, missing = "–") {
	const nano = text === null || text === undefined ? null : nanoOf(text);
	if (nano === null)
		return text ?? missing;
	const [, decimals] = textOf(nano).split(".");
	const whole = new Intl.NumberFormat(language).format((nano < 0n ? -nano : nano) / scale);
	return `${nano < 0n ? "−" : ""}${whole}.${decimals}`;
}

/** One amount less another, both as text. */
export const difference = (a, b) => textOf(nanoOf(a) - nanoOf(b));

export const money = (text, currency) => (text === null || text === undefined ? amount(text) : `${amount(text)} ${currency ?? ""}`.trim());

/** How a balance is doing: below zero is bad, nothing left is a warning. */
export function mood(text) {
	const nano = nanoOf(text ?? "");
	if (nano === null || nano > 0n)
		return "";
	return nano < 0n ? "bad" : "warn";
}

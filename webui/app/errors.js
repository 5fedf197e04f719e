// What went wrong, in the page's language: by the error's code, and where that says too little by what the server said.
import {language, t} from "./i18n.js";
import {phrase} from "./phrases.js";

/** Codes that say all there is to say. */
const plain = ["offline", "b2bua_unreachable", "wrong_password", "too_many_tries", "login_needed"];

/** Codes that say nothing without their message. */
const vague = ["refused", "bad_parameter", "bad_body", "bad_json"];

export function errorText(error) {
	const known = t(`error.${error.code}`, "");
	if (plain.includes(error.code))
		return known;
	const said = phrase(error.message);
	if (language === "en" || !known || said !== error.message)
		return said || known;
	return vague.includes(error.code) ? `${known} ${said}` : known;
}

/** Where in a document an error is: {field, text}; field is null where it is of none that can be named. */
export function errorPlace(error, plural) {
	const found = /^(\w+)\[0\]\.(\w+)\S*: (.*)$/s.exec(error.message);
	if (error.code !== "refused" || !found || found[1] !== plural)
		return {field: null, text: errorText(error)};
	return {field: found[2], text: phrase(found[3])};
}

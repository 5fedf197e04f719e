// The first thing that is seen: one password.
import {api} from "./api.js";
import {el, setText} from "./dom.js";
import {errorText} from "./errors.js";
import {t} from "./i18n.js";

/** `done` is called when the password was right. */
export function loginView(done, languageSwitch) {
	const problem = el("p", {class: "problem", role: "alert"});
	const password = el("input", {id: "password", type: "password", autocomplete: "current-password", required: true});
	const button = el("button", {class: "primary"}, t("login"));

	async function submit(event) {
		event.preventDefault();
		button.disabled = true;
		setText(problem, "");
		try {
			await api.login(password.value);
			done();
		} catch (error) {
			setText(problem, errorText(error));
			password.select();
		}
		button.disabled = false;
	}

	queueMicrotask(() => password.focus());
	return el("main", {class: "login"},
		el("form", {onsubmit: submit},
			el("img", {src: "icon.svg", alt: "", width: 48, height: 48}),
			el("h1", {}, "Tandem"), el("p", {class: "subtitle"}, t("title")),
			el("label", {for: "password"}, t("password")), password, problem, button,
			el("p", {class: "hint"}, t("loginHint"))),
		languageSwitch);
}

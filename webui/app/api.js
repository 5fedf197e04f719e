// The REST API (openapi.yaml). Every failure is an ApiError that says what the server said.

export class ApiError extends Error {
	constructor(status, code, message) {
		super(message);
		this.status = status;
		this.code = code;
	}
}

async function request(method, path, body, more = {}) {
	const headers = {"X-Tandem-Request": "1", ...more};
	if (body !== undefined)
		headers["Content-Type"] = "application/json";
	let response;
	try {
		response = await fetch(`/api/v1/${path}`, {
			method, headers, credentials: "same-origin",
			body: body === undefined ? undefined : JSON.stringify(body),
			signal: AbortSignal.timeout(15000),
		});
	} catch {
		throw new ApiError(0, "offline", "");
	}
	if (response.status === 204)
		return null;
	const answer = await response.json().catch(() => ({}));
	if (!response.ok)
		throw new ApiError(response.status, answer.error?.code ?? "", answer.error?.message ?? response.statusText);
	return answer;
}

function query(parameters) {
	const set = Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined);
	return set.length ? "?" + set.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&") : "";
}

/** The address of what the browser itself is to fetch: a file. */
export const apiLink = (path, parameters) => `/api/v1/${path}${query(parameters)}`;

export const api = {
	login: (password) => request("POST", "login", {password}),
	logout: () => request("POST", "logout"),
	status: () => request("GET", "status"),
	calls: (parameters = {}) => request("GET", "calls" + query(parameters)),
	hangup: (id) => request("DELETE", `calls/${encodeURIComponent(id)}`),
	ladder: (id, packets) => request("GET", `calls/${encodeURIComponent(id)}/ladder` + query({packets})),
	trunks: () => request("GET", "trunks"),
	fields: () => request("GET", "fields"),
	config: (kind) => request("GET", "config" + query({kind})),
	apply: (objects, dry) => request("PATCH", "config" + query({dry_run: dry}), objects),
	accounts: (parameters) => request("GET", "accounts" + query(parameters)),
	account: (name) => request("GET", `accounts/${encodeURIComponent(name)}`),
	ledger: (name, parameters) => request("GET", `accounts/${encodeURIComponent(name)}/ledger` + query(parameters)),
	move: (name, what, body, key) => request("POST", `accounts/${encodeURIComponent(name)}/${what}`, body, {"Idempotency-Key": key}),
	webhooks: () => request("GET", "webhooks"),
	report: (question) => request("GET", "report" + query(question)),
	tariffs: (parameters) => request("GET", "tariffs" + query(parameters)),
	rate: (question) => request("GET", "rate" + query(question)),
	cdrs: (parameters) => request("GET", "cdrs" + query(parameters)),
	cdr: (id) => request("GET", `cdrs/${encodeURIComponent(id)}`),
	correct: (id, body, key) => request("POST", `cdrs/${encodeURIComponent(id)}/correct`, body, {"Idempotency-Key": key}),
};

// The REST API (openapi.yaml). Every failure is an ApiError that says what the server said.

export class ApiError extends Error {
	constructor(status, code, message) {
		super(message);
		this.status = status;
		this.code = code;
	}
}

async function request(method, path, body) {
	const headers = {"X-Tandem-Request": "1"};
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

export const api = {
	login: (password) => request("POST", "login", {password}),
	logout: () => request("POST", "logout"),
	status: () => request("GET", "status"),
	calls: () => request("GET", "calls"),
	hangup: (id) => request("DELETE", `calls/${encodeURIComponent(id)}`),
	ladder: (id, packets) => request("GET", `calls/${encodeURIComponent(id)}/ladder` + query({packets})),
	trunks: () => request("GET", "trunks"),
	config: () => request("GET", "config"),
	cdrs: (parameters) => request("GET", "cdrs" + query(parameters)),
};

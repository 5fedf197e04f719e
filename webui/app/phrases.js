// Sentences that the server says in English, in the page's language: why a call costs what it costs, and what is wrong with a
// field. What is not among them is shown as it came.
import {language} from "./i18n.js";

const moment = "(\\d{4}-\\S+)";
const quoted = '"(.*)"';

/** [what is said, 中文, 한국어]; $1, $2, … stand for what the parentheses found. */
const phrases = [
	[`the longest prefix in tariff (.+) at ${moment} is ${quoted}, since ${moment}, until ${moment}`,
		"费率表 $1 在 $2 的最长匹配前缀为“$3”，有效期 $4 至 $5", "요금표 $1에서 $2 기준 최장 프리픽스는 \"$3\" (유효: $4 ~ $5)"],
	[`the longest prefix in tariff (.+) at ${moment} is ${quoted}, since ${moment}`,
		"费率表 $1 在 $2 的最长匹配前缀为“$3”，自 $4 起有效", "요금표 $1에서 $2 기준 최장 프리픽스는 \"$3\" ($4부터 유효)"],
	[`the longest prefix in tariff (.+) at ${moment} is ${quoted}, until ${moment}`,
		"费率表 $1 在 $2 的最长匹配前缀为“$3”，有效至 $4", "요금표 $1에서 $2 기준 최장 프리픽스는 \"$3\" ($4까지 유효)"],
	[`the longest prefix in tariff (.+) at ${moment} is ${quoted}`,
		"费率表 $1 在 $2 的最长匹配前缀为“$3”", "요금표 $1에서 $2 기준 최장 프리픽스는 \"$3\""],
	["(\\S+) s are charged as the first (\\d+) s", "$1 秒按首段 $2 秒计费", "$1초는 최초 $2초로 과금됩니다"],
	["(\\S+) s are charged as (\\d+) s: (\\d+) s at first, then (\\d+) times (\\d+) s",
		"$1 秒按 $2 秒计费：首段 $3 秒，之后 $4 次、每次 $5 秒", "$1초는 $2초로 과금됩니다: 최초 $3초, 이후 $4회 × $5초"],
	[`from ${moment} on (\\S+) s at (\\S+) a minute`, "自 $1 起 $2 秒，每分钟 $3", "$1부터 $2초, 분당 $3"],
	["and (\\S+) for being answered", "另加接通费 $1", "연결 요금 $1 추가"],
	["no less than (\\S+)", "不低于 $1", "최소 $1"],
	["no more than (\\S+)", "不高于 $1", "최대 $1"],
	["the sum is rounded to the nearest, to (\\d+) decimals", "总额四舍五入到 $1 位小数", "합계는 소수 $1자리로 반올림"],
	["the sum is rounded up, to (\\d+) decimals", "总额向上取到 $1 位小数", "합계는 소수 $1자리로 올림"],
	["the sum is rounded down, to (\\d+) decimals", "总额向下取到 $1 位小数", "합계는 소수 $1자리로 내림"],
	["it is blocked: no call goes there", "已禁止：不能呼叫该目的地", "차단됨: 이 목적지로는 통화할 수 없습니다"],
	["calls of up to (\\d+) s cost nothing", "不超过 $1 秒的通话免费", "$1초 이하 통화는 무료입니다"],

	["there is no such account.*", "没有此账户", "해당 계정이 없습니다"],
	["there is no tariff .*", "没有此费率表", "해당 요금표가 없습니다"],
	[`there is no (?:trunk|interface|account|tariff) ${quoted}; did you mean ${quoted}\\?`,
		"没有“$1”；是否指“$2”？", "\"$1\"이(가) 없습니다. \"$2\"입니까?"],
	[`there is no (?:trunk|interface|account|tariff|route) ${quoted}.*`, "没有“$1”", "\"$1\"이(가) 없습니다"],
	["is missing; give it.*", "必须填写", "필수 항목입니다"],
	["(-?\\d+) is out of range; give (\\d+) to (\\d+)", "$1 超出范围，请填 $2 至 $3", "$1은(는) 범위를 벗어났습니다. $2~$3을 입력하십시오"],
	["has the wrong type; give a whole number.*", "请填写整数", "정수를 입력하십시오"],
	["has (\\d+) entries; give at most (\\d+)", "有 $1 项，最多 $2 项", "$1개입니다. 최대 $2개까지 입력하십시오"],
	["has (\\d+) entries; give (\\d+) to (\\d+)", "有 $1 项，请填 $2 至 $3 项", "$1개입니다. $2~$3개를 입력하십시오"],
	[`${quoted} stands in the list twice; remove one`, "“$1”重复出现，请删除一个", "\"$1\"이(가) 두 번 있습니다. 하나를 지우십시오"],
	[`${quoted} is not a name; .*`, "“$1”不是有效名称（1 至 64 字节，不含控制字符，首尾不能是空格）",
		"\"$1\"은(는) 올바른 이름이 아닙니다 (1~64바이트, 제어 문자와 앞뒤 공백 불가)"],
	[`${quoted} is not a prefix; .*`, "“$1”不是前缀：最多 32 位数字，不带 +", "\"$1\"은(는) 프리픽스가 아닙니다: + 없이 최대 32자리 숫자"],
	[`${quoted} is not a source; .*`, "“$1”不是来源地址：请写 ADDR、ADDR:PORT 或 ADDR/BITS",
		"\"$1\"은(는) 발신 주소가 아닙니다: ADDR, ADDR:PORT 또는 ADDR/BITS"],
	[`${quoted} is not a target; .*`, "“$1”不是目标：请写 sip:HOST:PORT，可加 ;transport=tcp 或 tls",
		"\"$1\"은(는) 대상이 아닙니다: sip:HOST:PORT (;transport=tcp 또는 tls 가능)"],
	[`${quoted} is not a reason to try the next trunk; .*`, "“$1”不是换中继的原因：请写 503、5xx 或 timeout",
		"\"$1\"은(는) 다음 트렁크 조건이 아닙니다: 503, 5xx 또는 timeout"],
	["(.+): (created|removed)", "$1：$2", "$1: $2"],
].map(([text, ...translations]) => ({form: new RegExp(`^${text}$`, "s"), translations}));

const words = {created: ["新建", "생성"], removed: ["删除", "삭제"]};

/** A sentence of the server in the page's language. */
export function phrase(text) {
	const index = ["zh", "ko"].indexOf(language);
	if (index < 0)
		return text;
	for (const {form, translations} of phrases) {
		const found = form.exec(text);
		if (found)
			return translations[index].replace(/\$(\d)/g, (_, group) => words[found[group]]?.[index] ?? found[group] ?? "");
	}
	return text;
}

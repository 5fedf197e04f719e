// What the page says, in three languages. The browser's language is taken until another one is chosen.

const strings = {
	title: ["Telephony switch", "电话交换系统", "전화 교환 시스템"],
	password: ["Password", "密码", "비밀번호"],
	login: ["Log in", "登录", "로그인"],
	logout: ["Log out", "退出", "로그아웃"],
	loginHint: ["The first password is in the log of tandem-webui.", "初始密码在 tandem-webui 的日志中。",
		"최초 비밀번호는 tandem-webui 로그에 있습니다."],
	wrongPassword: ["This is not the password.", "密码不正确。", "비밀번호가 맞지 않습니다."],
	tooManyTries: ["Too many wrong passwords. Wait a little.", "密码错误次数过多，请稍候再试。",
		"비밀번호를 너무 많이 틀렸습니다. 잠시 후 다시 시도하십시오."],
	language: ["Language", "语言", "언어"],
	live: ["Live", "实时", "실시간"],
	cdrs: ["CDRs", "话单", "통화 기록"],
	trunks: ["Trunks", "中继", "트렁크"],
	views: ["Views", "视图", "보기"],
	offline: ["The web server does not answer.", "网页服务器没有响应。", "웹 서버가 응답하지 않습니다."],
	b2buaDown: ["tandem-b2bua does not answer; see its log.", "tandem-b2bua 没有响应，请查看其日志。",
		"tandem-b2bua가 응답하지 않습니다. 로그를 확인하십시오."],
	stale: ["What is shown is from", "所示数据的时间：", "표시된 데이터 시각:"],

	state: ["System", "系统", "시스템"],
	running: ["Running", "运行中", "실행 중"],
	draining: ["Draining", "正在停止", "종료 중"],
	unreachable: ["Silent", "无响应", "응답 없음"],
	up: ["Up", "运行", "정상"],
	uptime: ["up for", "已运行", "가동 시간"],
	callsUp: ["Calls up", "当前通话", "현재 통화"],
	answeredNow: ["answered", "已接通", "연결됨"],
	perSecond: ["Attempts per second", "每秒呼叫", "초당 호 시도"],
	attemptsTotal: ["since start", "启动以来", "시작 이후"],
	answerRatio: ["Answered", "接通率", "연결률"],
	answersTotal: ["calls since start", "次（启动以来）", "통화 (시작 이후)"],
	relay: ["Media relay", "媒体中继", "미디어 릴레이"],
	down: ["Down", "停止", "중단"],
	relayTimeouts: ["unanswered requests", "次无应答请求", "무응답 요청"],
	records: ["Records", "话单写入", "기록 저장"],
	ok: ["OK", "正常", "정상"],
	degraded: ["Spooling", "暂存中", "스풀링 중"],
	recordsTotal: ["written", "条已写入", "건 기록됨"],
	turnedAway: ["Turned away", "拒之门外", "차단됨"],
	turnedAwayHint: ["packets at the door", "个数据包", "패킷"],

	liveCalls: ["Calls up now", "当前通话", "현재 통화"],
	noCalls: ["No call is up.", "当前没有通话。", "진행 중인 통화가 없습니다."],
	notKnown: ["Not known while tandem-b2bua does not answer.", "tandem-b2bua 无响应，情况未知。",
		"tandem-b2bua가 응답하지 않아 알 수 없습니다."],
	shown: ["shown", "已显示", "표시"],
	caller: ["Caller", "主叫", "발신"],
	callee: ["Callee", "被叫", "착신"],
	from: ["From", "来源", "출처"],
	to: ["To", "去向", "목적지"],
	account: ["Account", "账户", "계정"],
	callState: ["State", "状态", "상태"],
	age: ["Age", "时长", "경과"],
	talk: ["Talking", "通话", "통화"],
	hangup: ["Hang up", "挂断", "끊기"],
	hangupAsk: ["Hang up this call?", "要挂断此通话吗？", "이 통화를 끊을까요?"],
	cancel: ["Cancel", "取消", "취소"],
	close: ["Close", "关闭", "닫기"],

	calleeFilter: ["Callee is", "被叫为", "착신 번호"],
	accountFilter: ["Account is", "账户为", "계정"],
	show: ["Show", "显示", "조회"],
	older: ["Older", "更早", "이전"],
	newest: ["Newest", "最新", "최신"],
	noCdrs: ["No call is on record.", "没有话单。", "통화 기록이 없습니다."],
	started: ["Started", "开始", "시작"],
	duration: ["Duration", "时长", "통화 시간"],
	result: ["Result", "结果", "결과"],
	price: ["Price", "费用", "요금"],
	details: ["Details", "详情", "상세"],
	record: ["Call record", "话单", "통화 기록"],

	messages: ["Messages", "信令", "메시지"],
	ladder: ["SIP messages of the call", "通话的 SIP 信令", "통화의 SIP 메시지"],
	noMessages: ["No messages of this call are kept (any more).", "此通话的信令未保留或已被覆盖。",
		"이 통화의 메시지는 보관되어 있지 않습니다."],
	seconds: ["Seconds", "秒", "초"],
	messageGone: ["This message is not kept any more.", "此信令已不再保留。", "이 메시지는 더 이상 보관되지 않습니다."],
	held: ["held", "保持", "보류"],
	unreadable: ["(cannot be read)", "（无法解析）", "(읽을 수 없음)"],

	trunk: ["Trunk", "中继", "트렁크"],
	noTrunks: ["No trunk is provisioned.", "尚未配置中继。", "구성된 트렁크가 없습니다."],
	name: ["Name", "名称", "이름"],
	interface: ["Interface", "接口", "인터페이스"],
	target: ["Target", "目标", "대상"],
	calls: ["Calls", "通话数", "통화 수"],
	limit: ["Limit", "上限", "한도"],
	unlimited: ["none", "无", "없음"],
	enabled: ["enabled", "启用", "사용"],
	disabled: ["disabled", "停用", "중지"],

	"call.new": ["new", "新建", "새 호"],
	"call.offering": ["preparing", "准备中", "준비 중"],
	"call.hunting": ["ringing", "振铃", "호출 중"],
	"call.connecting": ["connecting", "接续中", "연결 중"],
	"call.up": ["talking", "通话中", "통화 중"],
	"call.ending": ["ending", "结束中", "종료 중"],
	"call.over": ["over", "已结束", "종료"],

	"disposition.answered": ["answered", "接通", "연결"],
	"disposition.busy": ["busy", "忙", "통화 중"],
	"disposition.no_answer": ["no answer", "无应答", "응답 없음"],
	"disposition.cancelled": ["cancelled", "主叫取消", "취소"],
	"disposition.rejected": ["rejected", "拒绝", "거절"],
	"disposition.failed": ["failed", "失败", "실패"],
};

export const languages = {en: "English", zh: "中文", ko: "한국어"};
const order = Object.keys(languages);

function languageFirst() {
	const wanted = [localStorage.getItem("language"), ...navigator.languages];
	return wanted.map((tag) => tag?.slice(0, 2)).find((tag) => order.includes(tag)) ?? "en";
}

export let language = languageFirst();

export function languageSet(tag) {
	language = tag;
	localStorage.setItem("language", tag);
}

/** The words for a key, or what stands in for them. */
export function t(key, missing = key) {
	return strings[key]?.[order.indexOf(language)] ?? missing;
}

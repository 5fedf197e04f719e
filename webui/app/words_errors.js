// What errors of the API mean, by their code (openapi.yaml).

export const errorWords = {
	"error.offline": ["The web server does not answer.", "网页服务器没有响应。", "웹 서버가 응답하지 않습니다."],
	"error.b2bua_unreachable": ["tandem-b2bua does not answer; see its log.", "tandem-b2bua 没有响应，请查看其日志。",
		"tandem-b2bua가 응답하지 않습니다. 로그를 확인하십시오."],
	"error.busy": ["Too many requests wait; try again soon.", "等待的请求过多，请稍后再试。", "대기 중인 요청이 너무 많습니다. 잠시 후 다시 시도하십시오."],
	"error.database": ["The database cannot be read now.", "目前无法读取数据库。", "지금은 데이터베이스를 읽을 수 없습니다."],
	"error.no_memory": ["Out of memory.", "内存不足。", "메모리가 부족합니다."],
	"error.not_found": ["There is no such thing.", "没有这一项。", "해당 항목이 없습니다."],
	"error.conflict": ["This key stands for something else already.", "此标识已用于其他操作。", "이 키는 이미 다른 작업에 쓰였습니다."],
	"error.refused": ["Refused:", "已拒绝：", "거부됨:"],
	"error.bad_parameter": ["This question is not understood:", "参数有误：", "매개변수가 잘못되었습니다:"],
	"error.bad_body": ["What was sent is not understood:", "提交内容有误：", "보낸 내용이 잘못되었습니다:"],
	"error.bad_json": ["What was sent is not JSON:", "提交内容不是有效的 JSON：", "보낸 내용이 JSON이 아닙니다:"],
	"error.bad_id": ["This name is not understood.", "名称有误。", "이름이 잘못되었습니다."],
	"error.too_many": ["There are too many rows; choose fewer days.", "行数过多，请缩短日期范围。", "행이 너무 많습니다. 기간을 줄이십시오."],
	"error.wrong_password": ["This is not the password.", "密码不正确。", "비밀번호가 맞지 않습니다."],
	"error.too_many_tries": ["Too many wrong passwords. Wait a little.", "密码错误次数过多，请稍候再试。",
		"비밀번호를 너무 많이 틀렸습니다. 잠시 후 다시 시도하십시오."],
	"error.login_needed": ["Log in again.", "请重新登录。", "다시 로그인하십시오."],
	"error.no_password": ["There is no password yet; see the log of tandem-webui.", "尚未设置密码，请查看 tandem-webui 的日志。",
		"아직 비밀번호가 없습니다. tandem-webui 로그를 확인하십시오."],
};

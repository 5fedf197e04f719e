/**
 * @file command.c  tandemctl's commands and options: a row each
 *
 * Help, the man page and the check of what was given all come from here.
 */
#include "ctl.h"

const struct ctl_command ctl_commandv[] = {
	{"status", "", 0, 0, CTL_CHECK | CTL_TIMEOUT, ctl_status, "is all well? and the system's counters",
	 "The first line says \"all well\", or all that is wrong and what to do. With --check the exit code "
	 "is 1 when something is, for monitors."},
	{"calls", "", 0, 0, CTL_LAST | CTL_ACCOUNT | CTL_TIMEOUT, ctl_calls, "calls up now", ""},
	{"call", "ID", 1, 1, CTL_TIMEOUT, ctl_call, "one call in full",
	 "ID is what `calls` shows, or the Call-ID of either leg."},
	{"ladder", "ID", 1, 1, CTL_ASCII | CTL_PCAP | CTL_TIMEOUT, ctl_ladder,
	 "the SIP messages of a call, both sides",
	 "ID is that of a call that is up or has ended, or the Call-ID of either leg. Shown are the last "
	 "messages of each leg, as long as the memory that trace_ring_mb of tandem.conf gives holds them; "
	 "passwords and keys are crossed out. With --pcap they are written to FILE (-: standard output) for "
	 "Wireshark, as UDP datagrams whatever they went by."},
	{"trace", "start|list|stop [TRACE]", 1, 2,
	 CTL_CALL | CTL_TRUNK | CTL_NUMBER | CTL_MINUTES | CTL_TIMEOUT, ctl_trace,
	 "write whole calls into a capture file",
	 "trace start says which calls: --call ID one that is up, from its beginning; --trunk NAME those "
	 "that "
	 "begin from now on from or to this trunk; --number PREFIX those whose caller or callee begins with "
	 "these digits. It ends after --minutes (10 by default, 1440 at most), when the file has "
	 "trace_file_mb "
	 "of "
	 "tandem.conf, with trace stop, or with the daemon. The file, for Wireshark, is in trace_dir; "
	 "passwords "
	 "and keys are crossed out. list shows traces that run, and the last that ended."},
	{"hangup", "[ID]", 0, 1, CTL_ALL | CTL_TIMEOUT, ctl_hangup, "end one call, or with --all every call",
	 "The CDR says release_tag 'operator'."},
	{"subscriptions", "", 0, 0, CTL_LAST | CTL_TIMEOUT, ctl_subscriptions,
	 "subscriptions outside any call: who watches whom", ""},
	{"trunks", "", 0, 0, CTL_TIMEOUT, ctl_trunks, "trunks and the calls they carry", ""},
	{"trunk", "headers NAME [FILE]", 2, 3, CTL_TIMEOUT, ctl_trunk,
	 "a message before and after a trunk's header rules",
	 "FILE is a SIP request, - reads standard input; without it an example is shown. What comes from the "
	 "trunk "
	 "meets headers_in, what goes to it headers_out; the trunk of the other side is taken to be trusted "
	 "and "
	 "without rules."},
	{"relay", "[RELAY]", 0, 1, CTL_TIMEOUT, ctl_relay, "the media relays, and the statistics of one",
	 "RELAY is a name that `relay` or `status` shows, such as udp:192.0.2.1:2223; without it, the "
	 "first."},
	{"log", "[LEVEL]", 0, 1, CTL_TIMEOUT, ctl_log, "show or set the log level: debug, info, warn, error",
	 "It holds until the daemon restarts; log_level in tandem.conf is for good."},
	{"account", "VERB [NAME] [AMOUNT]", 1, 3, CTL_KEY | CTL_NOTE | CTL_HANGUP | CTL_TIMEOUT, ctl_account,
	 "accounts: what they have, and money that is moved",
	 "VERB is list, show, topup, refund, adjust, enable, disable, hangup or unblock. list and show read "
	 "the database: balance, what of it is reserved for calls under way, what is "
	 "available beside "
	 "that (- where nothing limits it: postpaid without credit_limit), the limits. Behind NAME comes an "
	 "AMOUNT: topup books what a customer paid, refund gives back "
	 "of what was charged, adjust corrects the "
	 "balance, up or (with a - before AMOUNT) down. --key is any text that stands for this operation for "
	 "ever: asked "
	 "for again with the same key, it is not booked twice, and with another amount it is refused. "
	 "After disable its calls are refused, and with --hangup those under way are ended, too; hangup ends "
	 "them, and "
	 "nothing else. Emergency calls go on. unblock lets calls pass that were refused as a burst of dear "
	 "ones."},
	{"ledger", "ACCOUNT|verify", 1, 1, CTL_ALL | CTL_FROM | CTL_TO | CTL_LAST | CTL_TIMEOUT, ctl_ledger,
	 "an account's entries, and its balance after each",
	 "The newest 20 entries (--last), oldest of them first, of the time that --from and --to give. With "
	 "--all also what "
	 "was set aside for calls and given back, which leaves the balance as it is. verify proves the "
	 "books: balances are the sums of their entries, each call was charged "
	 "once what its record says, each record has the price its rate gives, and what is reserved belongs "
	 "to calls under "
	 "way; what is wrong first is named, and the exit code is 1. Both work while the system runs."},
	{"tariff", "list|show|import|export [NAME] [PREFIX|FILE]", 1, 3,
	 CTL_MAP | CTL_CSV | CTL_FROM | CTL_REPLACE | CTL_DRY_RUN | CTL_ROWS | CTL_TIMEOUT, ctl_tariff,
	 "what destinations cost; price lists as CSV",
	 "show shows the rates of a tariff, of the prefixes that begin with PREFIX. import reads FILE (-: "
	 "standard input), UTF-8 with a row of names; columns are known by usual names or by --map. The "
	 "whole "
	 "file is checked first; the difference is shown, with --dry-run nothing else is done. New rates "
	 "take "
	 "the place of those of the same prefix, --from a day on or at once; with --replace the others end "
	 "then, too. export prints a list that import takes."},
	{"rate", "NUMBER", 1, 1, CTL_ACCOUNT | CTL_TARIFF | CTL_AT | CTL_DURATION | CTL_TIMEOUT, ctl_rate,
	 "what a call costs, and why",
	 "By the tariff of --account NAME, or --tariff NAME; a call of --duration seconds (60) that is "
	 "answered --at "
	 "a time (now). It is priced as tandem-b2bua does it, from the same rates; the lines below the price "
	 "say how "
	 "it comes about, in the tariff's local time."},
	{"rerate", "", 0, 0,
	 CTL_FROM | CTL_TO | CTL_TARIFF | CTL_ACCOUNT | CTL_APPLY | CTL_KEY | CTL_NOTE | CTL_TIMEOUT,
	 ctl_rerate, "what a period would have cost under another tariff",
	 "All answered calls with an account (or those of --account) that began --from and before --to "
	 "(now) are priced by --tariff as it stands, as tandem-b2bua would have; nothing is changed. Shown "
	 "are what each account was charged, what it would have been, and the difference. unrated are "
	 "calls the tariff has no rate for, that were charged in another currency or are beyond all money, "
	 "uncharged those that nobody paid for; no amount has them in it. With --apply the calls cost that "
	 "from now on: as by cdr correct, each "
	 "has a "
	 "new row and an entry of the ledger, once by --key and call. Cut off by whatever, the same again "
	 "goes on "
	 "with the rest. Uncharged calls, and those whose account is gone or that "
	 "cost that already (left), stay as they are."},
	{"cdr", "[verify|correct|export] [ID]", 0, 2,
	 CTL_LAST | CTL_DIGEST | CTL_AGAINST | CTL_PRICE | CTL_DAY | CTL_FORMAT | CTL_TO | CTL_KEY |
		 CTL_NOTE | CTL_TIMEOUT,
	 ctl_cdr, "the newest call records; proof that none was touched; files",
	 "The table shows the main columns, --json all of them, and so does ID of that record: a cdr_id, or "
	 "the Call-ID of either leg. docs/sql.md says what each means. verify walks the hash chain "
	 "of all records: a row that was edited or deleted shows, the first is named, and the exit code is "
	 "1. With --digest it "
	 "prints, as JSON, what it came to; keep that elsewhere, and --against FILE proves later that those "
	 "records are still "
	 "the same. correct says what a call costs from now on, by --price: a new row, never an edit, with "
	 "an entry of the ledger by --key. export writes the records of a --day that is over (UTC) into a "
	 "file (--format csv or jsonl, --to DIR), with a file beside it that says what it must hold; made "
	 "again, both have the same bytes."},
	{"sql", "QUESTION|-", 0, 1, CTL_FILE | CTL_ROWS | CTL_TIMEOUT, ctl_sql, "ask the database",
	 "QUESTION is SQL, in quotes; - reads it from standard input, --file from a file. It changes "
	 "nothing, "
	 "cannot hold the system up, and ends after 30 seconds (--timeout) and 10,000 rows (--rows). "
	 "docs/sql.md describes tables and views; sql/examples/ answers usual questions."},
	{"apply", "FILE", 1, 1, CTL_DRY_RUN | CTL_PRUNE | CTL_TIMEOUT, ctl_apply,
	 "change what is provisioned, all or nothing",
	 "FILE is JSON as docs/config.md describes; - reads standard input. Objects are known by name: those "
	 "in the file are created or changed, fields left out keep their value; key remove removes those it "
	 "names. The whole file is checked "
	 "first, and no call is dropped."},
	{"export", "", 0, 0, CTL_TIMEOUT, ctl_export, "print what is provisioned, as apply takes it", ""},
	{"stop", "", 0, 0, CTL_TIMEOUT, ctl_stop, "refuse new calls, let those up end, and stop tandem-b2bua",
	 "Calls have drain_timeout_s of tandem.conf to end by themselves."},
	{"help", "[COMMAND]", 0, 1, 0, ctl_help, "this, or more about one command", ""},
	{"version", "", 0, 0, 0, ctl_version, "the version", ""},
};

const size_t ctl_commandc = ARRAY_SIZE(ctl_commandv);

const struct ctl_command *ctl_command_find(const char *name)
{
	size_t i;

	for (i = 0; i < ctl_commandc; i++)
		if (!str_cmp(ctl_commandv[i].name, name))
			return &ctl_commandv[i];

	return NULL;
}

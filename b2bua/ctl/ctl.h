/**
 * @file ctl.h  tandemctl: what a command is given, and the table of commands
 */
#ifndef TANDEM_CTL_H
#define TANDEM_CTL_H

#include <re.h>

enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

/** Options that only some commands take. */
enum ctl_option {
	CTL_ALL = 1 << 0,
	CTL_DRY_RUN = 1 << 1,
	CTL_PRUNE = 1 << 2,
	CTL_LAST = 1 << 3,
	CTL_ROWS = 1 << 4,
	CTL_TIMEOUT = 1 << 5,
	CTL_FILE = 1 << 6,
	CTL_CHECK = 1 << 7,
	CTL_ASCII = 1 << 8,
	CTL_PCAP = 1 << 9,
	CTL_CALL = 1 << 10,
	CTL_TRUNK = 1 << 11,
	CTL_NUMBER = 1 << 12,
	CTL_MINUTES = 1 << 13,
	CTL_KEY = 1 << 14,
	CTL_NOTE = 1 << 15,
	CTL_FROM = 1 << 16,
	CTL_TO = 1 << 17,
	CTL_ACCOUNT = 1 << 18,
	CTL_TARIFF = 1 << 19,
	CTL_AT = 1 << 20,
	CTL_DURATION = 1 << 21,
	CTL_MAP = 1 << 22,
	CTL_CSV = 1 << 23, /* how a file is written: its delimiter and decimals */
	CTL_APPLY = INT32_MIN, /* the last bit */
	CTL_DIGEST = 1 << 24,
	CTL_AGAINST = 1 << 25,
	CTL_PRICE = 1 << 26,
	CTL_DAY = 1 << 27,
	CTL_FORMAT = 1 << 28,
	CTL_HANGUP = 1 << 29,
	CTL_REPLACE = 1 << 30,
};

/** One run of tandemctl. */
struct ctl {
	char *socket;  /* of tandem-b2bua */
	char *db_path; /* tandem.db; NULL when only the socket is known */
	bool json;
	unsigned given;                    /* enum ctl_option */
	uint32_t last, rows;               /* 0 rows: no limit */
	uint32_t timeout_s;                /* 0: the command's own */
	const char *file;                  /* to read instead of an argument; NULL: none */
	const char *pcap;                  /* capture file to write; NULL: none */
	const char *call, *trunk, *number; /* what to trace; NULL: not by this */
	uint32_t minutes;                  /* 0: as the daemon has it */
	const char *key, *note;            /* of money that is moved; NULL: none */
	const char *day, *format;          /* of a file of records; NULL: not given */
	const char *price;                 /* of a call; NULL: not given */
	const char *against;               /* an earlier digest; NULL: none */
	const char *from, *to;             /* times, or a folder; NULL: open */
	const char *account, *tariff, *at; /* whose price, and when; NULL: not given */
	uint32_t duration_s;
	const char *map, *delimiter, *decimal; /* of a price list; NULL: not given */
	char **argv;                           /* what stands after the command */
	int argc;
};

/** Returns an exit code; says on stderr what failed. */
typedef int(ctl_command_h)(const struct ctl *ctl);

struct ctl_command {
	const char *name;
	const char *args; /* "ID", "[LEVEL]" */
	int argmin, argmax;
	unsigned options;
	ctl_command_h *h;
	const char *help;    /* one line */
	const char *details; /* more for `help COMMAND` and the man page, or "" */
};

extern const struct ctl_command ctl_commandv[];
extern const size_t ctl_commandc;

struct ctl_option_help {
	enum ctl_option flag; /* 0: of every command */
	const char *name;     /* "last" */
	int key;              /* what getopt_long returns; one of CTL_SHORT_KEYS is an option, too */
	const char *arg;      /* "N", or NULL */
	const char *help;
};

/** Keys that are options by themselves, and how getopt_long shall report mistakes. */
#define CTL_SHORT_KEYS ":hj"

extern const struct ctl_option_help ctl_optionv[];
extern const size_t ctl_optionc;

const struct ctl_command *ctl_command_find(const char *name);

/* error.c */

/** "tandemctl: …" on stderr, escaped for the terminal, or {"error": …}; returns CTL_FAILED. */
int ctl_error(const char *fmt, ...);
/** From now on errors are JSON. */
void ctl_error_json(bool on);

/* help.c */
void ctl_usage(FILE *f);
void ctl_man(FILE *f);
int ctl_help(const struct ctl *ctl);
int ctl_version(const struct ctl *ctl);

/* status.c */
int ctl_status(const struct ctl *ctl);

/* ladder.c */
int ctl_ladder(const struct ctl *ctl);

/* ladder_pcap.c */
int ctl_ladder_pcap(const struct ctl *ctl);

/* trace.c */
int ctl_trace(const struct ctl *ctl);

/* relay.c */
int ctl_relay(const struct ctl *ctl);

/* show.c */
int ctl_calls(const struct ctl *ctl);
int ctl_call(const struct ctl *ctl);
int ctl_hangup(const struct ctl *ctl);
int ctl_trunks(const struct ctl *ctl);
int ctl_log(const struct ctl *ctl);
int ctl_stop(const struct ctl *ctl);

/* provision.c */
int ctl_apply(const struct ctl *ctl);
int ctl_export(const struct ctl *ctl);

/* headers.c */
int ctl_trunk(const struct ctl *ctl);

/* tariff.c */
int ctl_tariff(const struct ctl *ctl);

/* rate.c */
int ctl_rate(const struct ctl *ctl);

/* sql.c */
int ctl_sql(const struct ctl *ctl);

/* account.c */
int ctl_account(const struct ctl *ctl);

/* ledger.c */
int ctl_ledger(const struct ctl *ctl);

/* cdr.c */
int ctl_cdr(const struct ctl *ctl);

/* cdr_verify.c */
int ctl_cdr_verify(const struct ctl *ctl);

/* cdr_correct.c */
int ctl_cdr_correct(const struct ctl *ctl);
/* rerate.c */
int ctl_rerate(const struct ctl *ctl);

/* cdr_export.c */
int ctl_cdr_export(const struct ctl *ctl);

#endif

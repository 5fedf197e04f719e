/**
 * @file ctl.h  tandemctl: what a command is given, and the table of commands
 */
#ifndef TANDEM_CTL_H
#define TANDEM_CTL_H

#include <re.h>

enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

/** Options that only some commands take; a set of them is a uint64_t. */
#define CTL_BIT(n) (UINT64_C(1) << (n))
#define CTL_ALL CTL_BIT(0)
#define CTL_DRY_RUN CTL_BIT(1)
#define CTL_PRUNE CTL_BIT(2)
#define CTL_LAST CTL_BIT(3)
#define CTL_ROWS CTL_BIT(4)
#define CTL_TIMEOUT CTL_BIT(5)
#define CTL_FILE CTL_BIT(6)
#define CTL_CHECK CTL_BIT(7)
#define CTL_ASCII CTL_BIT(8)
#define CTL_PCAP CTL_BIT(9)
#define CTL_CALL CTL_BIT(10)
#define CTL_TRUNK CTL_BIT(11)
#define CTL_NUMBER CTL_BIT(12)
#define CTL_MINUTES CTL_BIT(13)
#define CTL_KEY CTL_BIT(14)
#define CTL_NOTE CTL_BIT(15)
#define CTL_FROM CTL_BIT(16)
#define CTL_TO CTL_BIT(17)
#define CTL_ACCOUNT CTL_BIT(18)
#define CTL_TARIFF CTL_BIT(19)
#define CTL_AT CTL_BIT(20)
#define CTL_DURATION CTL_BIT(21)
#define CTL_MAP CTL_BIT(22)
#define CTL_CSV CTL_BIT(23) /* how a file is written: its delimiter and decimals */
#define CTL_DIGEST CTL_BIT(24)
#define CTL_AGAINST CTL_BIT(25)
#define CTL_PRICE CTL_BIT(26)
#define CTL_DAY CTL_BIT(27)
#define CTL_FORMAT CTL_BIT(28)
#define CTL_HANGUP CTL_BIT(29)
#define CTL_REPLACE CTL_BIT(30)
#define CTL_APPLY CTL_BIT(31)

/** One run of tandemctl. */
struct ctl {
	char *socket;                        /* of tandem-b2bua */
	char *db_path;                       /* tandem.db; NULL when only the socket is known */
	const char *data, *config, *control; /* which system, as it was given; NULL: not given */
	bool json, help, version, check, man;
	uint64_t given;                    /* CTL_ALL and so on */
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
	uint64_t options;
	ctl_command_h *h;
	const char *help;    /* one line */
	const char *details; /* more for `help COMMAND` and the man page, or "" */
};

extern const struct ctl_command ctl_commandv[];
extern const size_t ctl_commandc;

/** What an option leaves in struct ctl, beside its bit in `given`. */
enum ctl_type { CTL_NOTHING, CTL_TRUE, CTL_TEXT, CTL_NUM };

struct ctl_option {
	uint64_t flag;    /* 0: of every command */
	const char *name; /* "last" */
	char letter;      /* 'h' for -h; 0: none */
	const char *arg;  /* "N", or NULL */
	enum ctl_type type;
	size_t to; /* where in struct ctl */
	const char *help;
};

extern const struct ctl_option ctl_optionv[];
extern const size_t ctl_optionc;

/** What an option means after a command: its own help where the option's row has none for all. */
const char *ctl_option_help(const struct ctl_option *o, const struct ctl_command *c);

/**
 * Read the options in front of, between and behind the other arguments, which are left in argv and argc.
 *
 * @return an exit code; what is wrong has been said
 */
int ctl_options_read(struct ctl *ctl, int argc, char *argv[]);

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
int ctl_subscriptions(const struct ctl *ctl);
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

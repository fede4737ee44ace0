/*
 * board.c - the port "native": a board that is a Linux process.
 *
 * For trying the firmware without a board, for tests and for sanitizers.  Its UART is a UNIX socket
 * (one program at a time, as QEMU's) or a pseudo terminal, its memory that a reset does not clear a
 * file, and a reset is this program executed anew: the UART stays open, as a cable stays plugged
 * in.
 *
 *	aiot-board [--socket PATH | --pty LINK] [--noinit FILE]
 *
 * Without either the UART is standard input and output.  SIGTERM is the power switch.  SIGUSR1 is
 * the reset button.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "board.h"
#include "noinit.h"

/* A sanitizer tells more of a crash than the board could. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

#define WORDS_MAX 16
#define UART_FDS "AIOT_BOARD_UART" /* LISTEN,IN,OUT of the program before the reset */

static struct {
	char *argv[WORDS_MAX];
	const char *noinit;
	char program[4096];  /* this one; under an emulator it is not /proc/self/exe */
	int listen, in, out; /* -1: none */
	bool full;	     /* the UART took less than it was given */
	uint64_t start_ns;
	uint64_t watch_ns; /* 0: off */
	char pins[8][24];
	int32_t levels[8];
} board = {.listen = -1, .in = -1, .out = -1};

static volatile sig_atomic_t power_off, button;

static void complain(const char *what, const char *name)
{
	(void)fprintf(stderr, "aiot-board: %s '%s': %s\n", what, name, strerror(errno));
	_exit(1);
}

/* ---- clock ---- */

static uint64_t clock_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t aiot_board_now_ns(void)
{
	return clock_ns() - board.start_ns;
}

/* ---- what a reset does not clear ---- */

static void load_noinit(void)
{
	int fd = board.noinit ? open(board.noinit, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	(void)!read(fd, &aiot_noinit, sizeof(aiot_noinit));
	(void)close(fd);
}

static void save_noinit(void)
{
	int fd = board.noinit ? open(board.noinit, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
			      : -1;

	if (fd < 0)
		return;
	if (write(fd, &aiot_noinit, sizeof(aiot_noinit)) < 0)
		complain("cannot write", board.noinit);
	(void)close(fd);
}

void aiot_board_reset(void)
{
	char fds[64];

	save_noinit();
	(void)snprintf(fds, sizeof(fds), "%d,%d,%d", board.listen, board.in, board.out);
	(void)setenv(UART_FDS, fds, 1);
	(void)execv(board.program, board.argv);
	_exit(1);
}

/* ---- the watchdog and other ends ---- */

static void bitten(int signal)
{
	(void)signal;
	aiot_board_fault(AIOT_BOARD_WATCHDOG, 0, 0);
}

static void crashed(int signal)
{
	aiot_board_fault(signal == SIGFPE ? "division by zero" : "segmentation fault", 0, 0);
}

static void switched(int signal)
{
	*(signal == SIGUSR1 ? &button : &power_off) = 1;
}

void aiot_board_watch(uint32_t ms)
{
	struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
	struct itimerspec when = {.it_value = span};
	static timer_t timer;
	static bool made;

	if (!made && timer_create(CLOCK_MONOTONIC, NULL, &timer) < 0)
		complain("no timer for the", "watchdog");
	made = true;
	(void)timer_settime(timer, 0, &when, NULL);
}

/* ---- the UART ---- */

static void listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		complain("cannot listen at", path);
	}
	memcpy(address.sun_path, path, strlen(path));
	(void)unlink(path);
	board.listen = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (board.listen < 0 ||
	    bind(board.listen, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(board.listen, 1) < 0)
		complain("cannot listen at", path);
}

static void open_pty(const char *name)
{
	struct termios raw;
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	const char *path;

	if (fd < 0 || grantpt(fd) < 0 || unlockpt(fd) < 0 || (path = ptsname(fd)) == NULL)
		complain("no pseudo terminal for", name);
	(void)unlink(name);
	if (symlink(path, name) < 0)
		complain("cannot link", name);
	/* Held open, or reading would be an error whenever nobody is at the other end. */
	if (open(path, O_RDWR | O_NOCTTY) < 0 || tcgetattr(fd, &raw) < 0)
		complain("cannot open", path);
	cfmakeraw(&raw);
	(void)tcsetattr(fd, TCSANOW, &raw);
	board.in = fd;
	board.out = fd;
}

static void unplugged(void)
{
	if (board.listen < 0) /* standard input: power off */
		power_off = 1;
	else
		(void)close(board.in);
	board.in = -1;
	board.out = -1;
}

/* What came while the board began anew met no UART. */
static void lose_input(void)
{
	char lost[256];

	while (board.in >= 0 && read(board.in, lost, sizeof(lost)) > 0)
		;
}

static void plugged(void)
{
	board.in = accept4(board.listen, NULL, NULL, SOCK_NONBLOCK);
	board.out = board.in;
}

size_t aiot_board_read(char *buf, size_t size)
{
	ssize_t n = board.in >= 0 ? read(board.in, buf, size) : -1;

	if (board.in >= 0 && (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)))
		unplugged();
	return n > 0 ? (size_t)n : 0;
}

/* A UART sends whether somebody is there or not. */
size_t aiot_board_write(const char *buf, size_t len)
{
	ssize_t n;

	if (board.out < 0)
		return len;
	n = write(board.out, buf, len);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return len;
	board.full = n < (ssize_t)len;
	return n > 0 ? (size_t)n : 0;
}

bool aiot_board_overrun(void)
{
	return false;
}

/* ---- sleeping ---- */

static void end_if_told(void)
{
	if (power_off) {
		save_noinit();
		_exit(0);
	}
	if (button)
		aiot_board_reset();
}

void aiot_board_sleep(uint64_t until_ns)
{
	uint64_t now = aiot_board_now_ns(), left = until_ns > now ? until_ns - now : 0;
	struct timespec span = {.tv_sec = (time_t)(left / 1000000000u),
				.tv_nsec = (long)(left % 1000000000u)};
	struct pollfd polled[] = {
		{.fd = board.in, .events = POLLIN},
		{.fd = board.in < 0 ? board.listen : -1, .events = POLLIN},
		{.fd = board.full ? board.out : -1, .events = POLLOUT},
	};
	sigset_t none;

	(void)sigemptyset(&none);
	end_if_told();
	aiot_board_watch(0);
	board.full = false;
	if (ppoll(polled, 3, until_ns == UINT64_MAX ? NULL : &span, &none) > 0 && polled[1].revents)
		plugged();
	end_if_told();
}

/* ---- pins: whatever is asked for is there ---- */

static int find_pin(const char *pin)
{
	int i;

	for (i = 0; i < 8; i++) {
		if (board.pins[i][0] == '\0')
			(void)snprintf(board.pins[i], sizeof(board.pins[i]), "%s", pin);
		if (strcmp(board.pins[i], pin) == 0)
			return i;
	}
	return -1;
}

int aiot_board_pin_write(const char *pin, int32_t value)
{
	int i = find_pin(pin);

	if (i < 0)
		return -ENODEV;
	board.levels[i] = value;
	return 0;
}

int aiot_board_pin_read(const char *pin, int32_t *ret_value)
{
	int i = find_pin(pin);

	if (i < 0)
		return -ENODEV;
	*ret_value = board.levels[i];
	return 0;
}

/* ---- start ---- */

const char *aiot_board_name(void)
{
	return "native";
}

static void handle(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
	sigset_t set;

	(void)sigaction(signal, &action, NULL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, signal);
	(void)sigprocmask(flags & SA_NODEFER ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

#define USAGE "usage: aiot-board [--socket PATH | --pty LINK] [--noinit FILE]\n"

static _Noreturn void usage(void)
{
	(void)fputs(USAGE, stderr);
	_exit(2);
}

static _Noreturn void help(void)
{
	(void)puts(USAGE
		   "\n"
		   "The firmware of a board as a Linux process.  SIGUSR1 is its reset button.\n"
		   "\n"
		   "  --socket PATH  its serial line is a UNIX socket there\n"
		   "  --pty LINK     ... a pseudo terminal, to which a link is made there\n"
		   "                 ... else standard input and output\n"
		   "  --noinit FILE  the memory that a reset leaves alone\n"
		   "  --help         this text");
	(void)fflush(stdout);
	_exit(0);
}

/* main() is the firmware's, and takes nothing: the words are read where the kernel has them. */
static int read_words(char **words, int max)
{
	static char text[4096];
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC), count = 0;
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	char *at;

	if (n <= 0)
		complain("cannot read", "/proc/self/cmdline");
	(void)close(fd);
	for (at = text; at < text + n && count < max - 1; at += strlen(at) + 1)
		words[count++] = at;
	words[count] = NULL;
	return count;
}

static void read_options(bool first)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 's'},
		{"pty", required_argument, NULL, 'p'},
		{"noinit", required_argument, NULL, 'n'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int count = read_words(board.argv, WORDS_MAX), c;
	bool uart = false;

	while ((c = getopt_long(count, board.argv, "", options, NULL)) != -1) {
		if (c == 'n')
			board.noinit = optarg;
		else if (c == 'h')
			help();
		else if (c == '?' || uart)
			usage();
		else if (first && c == 's')
			listen_at(optarg);
		else if (first)
			open_pty(optarg);
		uart |= c != 'n';
	}
	if (optind != count)
		usage();
	if (first && !uart) {
		board.in = STDIN_FILENO;
		board.out = STDOUT_FILENO;
		(void)fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	}
}

static void find_program(void)
{
	ssize_t n = readlink("/proc/self/exe", board.program, sizeof(board.program) - 1);

	if (n <= 0)
		complain("cannot read", "/proc/self/exe");
	board.program[n] = '\0';
}

void aiot_board_init(void)
{
	const char *fds = getenv(UART_FDS);

	if (fds != NULL && sscanf(fds, "%d,%d,%d", &board.listen, &board.in, &board.out) != 3)
		complain("cannot read", UART_FDS);
	find_program();
	read_options(fds == NULL);
	if (fds != NULL)
		lose_input();
	board.start_ns = clock_ns();
	/* These come while the board sleeps, the others at any time: on a reset they end there. */
	handle(SIGTERM, switched, 0);
	handle(SIGUSR1, switched, 0);
	handle(SIGALRM, bitten, SA_NODEFER);
#if !SANITIZED
	handle(SIGSEGV, crashed, SA_NODEFER);
	handle(SIGFPE, crashed, SA_NODEFER);
#else
	(void)crashed;
#endif
	(void)signal(SIGPIPE, SIG_IGN);
	load_noinit();
}

/*
 * client.c - usage: bench-client SOCKET REQUEST; the least a client can do: connect, ask, print.
 *
 * A program of its own, started by the row that measures aiotoolsctl from start to exit.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char reply[65536];
	ssize_t n;

	if (argc != 3 || fd < 0)
		return 2;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", argv[1]);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    write(fd, argv[2], strlen(argv[2]) + 1) < 0)
		return 1;
	do {
		n = read(fd, reply, sizeof(reply));
		if (n <= 0 || fwrite(reply, 1, (size_t)n, stdout) != (size_t)n)
			return 1;
	} while (reply[n - 1] != '\0');
	return 0;
}

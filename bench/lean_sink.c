/* An SMTP sink that costs as little as possible: one thread, epoll, PIPELINING, CHUNKING and SIZE. It keeps no mail.

   lean_sink --port N [--delay MS] [--slow-ms MS] [--ids FILE] [--keep FILE] [--report FILE]

   --delay    each reply leaves so much later: the round trip of a far relay
   --slow-ms  RCPT and final dot of recipients in a domain that begins with "slow" are answered so much later still
   --ids      at SIGTERM: one line "Message-ID count" for each Message-ID accepted
   --keep     the first message, as it came over the wire (dots still doubled, the final one included)
   --report   at SIGTERM, and at SIGUSR1 so far: messages, bytes, first and last acceptance (seconds since 1970), as one line of JSON */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { READ = 256 * 1024, LINE = 4096, HEAD = 16 * 1024, OUT = 64 * 1024, DUE = 4096, MOST = 4096 };
enum state { COMMAND, DATA, CHUNK };

struct due { int64_t at; unsigned size; }; /* so many bytes of `out` may leave at that moment */

struct client {
    enum state state;
    bool slow, last, open;
    int matched;      /* how much of CRLF.CRLF has been seen, across packets */
    size_t chunk;     /* what is still to come of a BDAT */
    size_t line_size, head_size, out_size, message;
    unsigned dues;
    char line[LINE], head[HEAD], out[OUT];
    struct due due[DUE];
};

struct id { char *text; unsigned count; struct id *next; };

static struct client *clients[MOST];
static struct id *ids[1 << 20];
static int64_t delay, slow_delay, now;
static const char *ids_file, *keep_file, *report_file;
static uint64_t messages, bytes, slow_messages;
static double first_at, last_at;
static FILE *keep;
static volatile sig_atomic_t stopping, asked;

static void die(const char *what) { perror(what); exit(1); }
static void on_signal(int number) { *(number == SIGUSR1 ? &asked : &stopping) = 1; }

static int64_t moment(clockid_t which) {
    struct timespec t;
    clock_gettime(which, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Puts a reply in line; none leaves before the one ahead of it. */
static void reply(struct client *c, const char *text, int64_t later) {
    size_t size = strlen(text);
    int64_t at = now + delay + later;
    if (c->out_size + size > OUT || c->dues == DUE) { c->open = false; return; }
    memcpy(c->out + c->out_size, text, size);
    c->out_size += size;
    if (c->dues && c->due[c->dues - 1].at >= at) { c->due[c->dues - 1].size += (unsigned)size; return; }
    c->due[c->dues++] = (struct due){at, (unsigned)size};
}

static void count_id(const char *text, size_t size) {
    uint64_t hash = 1469598103934665603u;
    for (size_t i = 0; i < size; i++) hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
    struct id **place = &ids[hash & ((1 << 20) - 1)];
    while (*place && (strlen((*place)->text) != size || memcmp((*place)->text, text, size))) place = &(*place)->next;
    if (!*place) {
        *place = calloc(1, sizeof **place);
        if (!*place || !((*place)->text = strndup(text, size))) die("memory");
    }
    (*place)->count++;
}

static void find_id(const char *head, size_t size) {
    const char *end = head + size;
    for (const char *line = head; line < end && *line != '\r';) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        if (!next) return;
        if (next - line > 12 && !strncasecmp(line, "message-id:", 11)) {
            const char *from = memchr(line, '<', (size_t)(end - line)), *to = from ? memchr(from, '>', (size_t)(end - from)) : NULL;
            if (to) count_id(from, (size_t)(to - from) + 1);
            return;
        }
        line = next + 1;
    }
}

static void take(struct client *c, const char *text, size_t size) {
    c->message += size;
    if (ids_file && c->head_size < HEAD) {
        size_t part = size < HEAD - c->head_size ? size : HEAD - c->head_size;
        memcpy(c->head + c->head_size, text, part);
        c->head_size += part;
    }
    if (keep) fwrite(text, 1, size, keep);
}

static void accept_message(struct client *c) {
    last_at = (double)moment(CLOCK_REALTIME) / 1e9;
    if (!messages++) first_at = last_at;
    bytes += c->message;
    slow_messages += c->slow;
    if (ids_file) find_id(c->head, c->head_size);
    if (keep) { fclose(keep); keep = NULL; }
    reply(c, "250 2.0.0 Ok\r\n", c->slow ? slow_delay : 0);
    c->message = c->head_size = 0;
    c->slow = false;
}

static void command(struct client *c, char *line, size_t size) {
    line[size] = 0;
    if (!strncasecmp(line, "EHLO", 4)) reply(c, "250-lean\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250 CHUNKING\r\n", 0);
    else if (!strncasecmp(line, "MAIL", 4)) { c->slow = false; reply(c, "250 2.1.0 Ok\r\n", 0); }
    else if (!strncasecmp(line, "RCPT", 4)) {
        if (strcasestr(line, "@slow")) c->slow = true;
        reply(c, "250 2.1.5 Ok\r\n", c->slow ? slow_delay : 0);
    } else if (!strncasecmp(line, "DATA", 4)) { c->state = DATA; c->matched = 2; reply(c, "354 Go on\r\n", 0); }
    else if (!strncasecmp(line, "BDAT ", 5)) {
        char *rest;
        c->chunk = strtoul(line + 5, &rest, 10);
        c->last = strcasestr(rest, "LAST") != NULL;
        c->state = CHUNK;
    } else if (!strncasecmp(line, "QUIT", 4)) { reply(c, "221 2.0.0 Bye\r\n", 0); c->open = false; }
    else if (!strncasecmp(line, "HELO", 4) || !strncasecmp(line, "RSET", 4) || !strncasecmp(line, "NOOP", 4)) reply(c, "250 2.0.0 Ok\r\n", 0);
    else reply(c, "500 5.5.2 What?\r\n", 0);
}

/* How many bytes of `text` were used: one line, or what there is of it. */
static size_t read_command(struct client *c, const char *text, size_t size) {
    const char *end = memchr(text, '\n', size);
    size_t part = end ? (size_t)(end - text) + 1 : size;
    if (c->line_size + part >= LINE) { c->open = false; return size; }
    memcpy(c->line + c->line_size, text, part);
    c->line_size += part;
    if (end) {
        size_t length = c->line_size;
        while (length && (c->line[length - 1] == '\n' || c->line[length - 1] == '\r')) length--;
        c->line_size = 0;
        command(c, c->line, length);
    }
    return part;
}

static size_t read_data(struct client *c, const char *text, size_t size) {
    static const char END[] = "\r\n.\r\n";
    size_t i = 0;
    while (i < size) {
        if (c->matched == 0) {
            const char *next = memchr(text + i, '\r', size - i);
            if (!next) { i = size; break; }
            i = (size_t)(next - text) + 1;
            c->matched = 1;
            continue;
        }
        char byte = text[i++];
        c->matched = byte == END[c->matched] ? c->matched + 1 : byte == '\r';
        if (c->matched == 5) {
            take(c, text, i);
            c->message -= c->message >= 3 ? 3 : 0;
            c->state = COMMAND;
            accept_message(c);
            return i;
        }
    }
    take(c, text, size);
    return size;
}

static size_t read_chunk(struct client *c, const char *text, size_t size) {
    size_t part = size < c->chunk ? size : c->chunk;
    take(c, text, part);
    c->chunk -= part;
    if (!c->chunk) {
        c->state = COMMAND;
        if (c->last) accept_message(c);
        else reply(c, "250 2.0.0 Ok\r\n", 0);
    }
    return part;
}

static void consume(struct client *c, const char *text, size_t size) {
    while (size && c->open) {
        size_t used = c->state == COMMAND ? read_command(c, text, size)
                    : c->state == DATA ? read_data(c, text, size) : read_chunk(c, text, size);
        text += used;
        size -= used;
        if (c->state == CHUNK && !c->chunk) read_chunk(c, text, 0); /* BDAT 0 LAST */
    }
}

/* Sends what is due. The rest waits; a client that reads nothing for so long that it does not fit is dropped. */
static void flush(int fd, struct client *c) {
    unsigned ready = 0, size = 0;
    while (ready < c->dues && c->due[ready].at <= now) size += c->due[ready++].size;
    if (size) {
        ssize_t sent = send(fd, c->out, size, MSG_NOSIGNAL);
        if (sent != (ssize_t)size) c->open = false;
        memmove(c->out, c->out + size, c->out_size - size);
        c->out_size -= size;
        memmove(c->due, c->due + ready, (c->dues - ready) * sizeof *c->due);
        c->dues -= ready;
    }
}

static void drop(int fd) {
    close(fd);
    free(clients[fd]);
    clients[fd] = NULL;
}

static void finish(int fd, struct client *c) {
    flush(fd, c);
    if (!c->open && (!c->dues || c->out_size == 0)) drop(fd);
}

static void greet(int listener, int poll) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
    if (fd < 0) return;
    if (fd >= MOST || !(clients[fd] = calloc(1, sizeof(struct client)))) { close(fd); return; }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
    clients[fd]->open = true;
    reply(clients[fd], "220 lean ESMTP\r\n", 0);
    finish(fd, clients[fd]);
}

static void hear(int fd) {
    static char text[READ];
    struct client *c = clients[fd];
    ssize_t size = c ? recv(fd, text, READ, 0) : 0;
    if (!c || (size < 0 && (errno == EAGAIN || errno == EINTR))) return;
    if (size <= 0) { drop(fd); return; }
    consume(c, text, (size_t)size);
    finish(fd, c);
}

/* Milliseconds until the next reply that is held back; -1: there is none. */
static int patience(void) {
    int64_t next = INT64_MAX;
    if (!delay && !slow_delay) return -1;
    for (int fd = 0; fd < MOST; fd++)
        if (clients[fd] && clients[fd]->dues && clients[fd]->due[0].at < next) next = clients[fd]->due[0].at;
    if (next == INT64_MAX) return -1;
    return next <= now ? 0 : (int)((next - now) / 1000000) + 1;
}

static void flush_all(void) {
    for (int fd = 0; fd < MOST; fd++)
        if (clients[fd] && clients[fd]->dues) finish(fd, clients[fd]);
}

static FILE *opened(const char *path) {
    FILE *file = path ? fopen(path, "w") : NULL;
    if (path && !file) die(path);
    return file;
}

static void report(void) {
    FILE *file = opened(report_file);
    if (file) {
        fprintf(file, "{\"messages\": %llu, \"slow\": %llu, \"bytes\": %llu, \"first\": %.6f, \"last\": %.6f}\n",
                (unsigned long long)messages, (unsigned long long)slow_messages, (unsigned long long)bytes, first_at, last_at);
        fclose(file);
    }
}

static void report_ids(void) {
    FILE *file = opened(ids_file);
    if (!file) return;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        for (struct id *one = ids[i]; one; one = one->next) fprintf(file, "%s %u\n", one->text, one->count);
    fclose(file);
}

static int listening(uint16_t port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&place, sizeof place) || listen(fd, 1024)) die("listen");
    return fd;
}

static uint16_t options(int count, char **words) {
    long port = 0;
    for (int i = 1; i + 1 < count; i += 2) {
        const char *name = words[i], *value = words[i + 1];
        if (!strcmp(name, "--port")) port = atol(value);
        else if (!strcmp(name, "--delay")) delay = atol(value) * 1000000;
        else if (!strcmp(name, "--slow-ms")) slow_delay = atol(value) * 1000000;
        else if (!strcmp(name, "--ids")) ids_file = value;
        else if (!strcmp(name, "--keep")) keep_file = value;
        else if (!strcmp(name, "--report")) report_file = value;
        else { fprintf(stderr, "lean_sink: what is %s?\n", name); exit(2); }
    }
    if (port < 1 || port > 65535) { fputs("lean_sink: --port is missing\n", stderr); exit(2); }
    return (uint16_t)port;
}

int main(int count, char **words) {
    int listener = listening(options(count, words)), poll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, found[256];
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: epoll_wait must return */
    keep = opened(keep_file);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event)) die("epoll");
    while (!stopping) {
        int ready = epoll_wait(poll, found, 256, patience());
        now = moment(CLOCK_MONOTONIC);
        if (asked) { asked = 0; report(); }
        for (int i = 0; i < ready; i++) {
            if (found[i].data.fd == listener) greet(listener, poll);
            else hear(found[i].data.fd);
        }
        if (delay || slow_delay) flush_all();
    }
    report();
    report_ids();
    return 0;
}

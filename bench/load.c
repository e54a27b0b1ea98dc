/* OCPP-J 1.6 and 2.0.1 load generator: many stations in one thread over epoll, one CALL in flight per connection (OCPP-J 1.6 §4.1.1).
 * --protocol ocpp1.6 (default) or ocpp2.0.1; --message heartbeat, status (each another one) or day (one of ten is a status).
 *
 * Every frame is masked with a non-zero mask, every unique id has 36 characters, every reply must be a CALLRESULT for its id.
 * Each station dials, boots and reports one status; then, by --mode: "loop" (the next CALL as soon as the last is answered),
 * "paced" (--rate calls a second in all, round robin) or "hold" (idle, pings answered, until standard input ends).
 * Lines of JSON on standard output: {"event":"ready",...} once all are up, {"event":"done",...} at the end.
 * It does not do TLS, fragmentation or compression (never offered). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN = 8192, OUT = 1024, ID = 36, DAY = 10 };
enum state { FREE, DIALLING, UPGRADING, BOOTING, REPORTING, READY, WAITING, DEAD };

struct station {
    int fd, flip, turn;
    enum state state;
    char id[ID + 1];
    double sent;
    size_t have, kept, unsent;
    char *in, *out; /* kept only while a frame is incomplete */
};

static struct {
    const char *host, *identity, *password, *message, *mode, *protocol;
    int port, first, connections, window, pid;
    double seconds, warmup, rate;
} o = {"127.0.0.1", "B%05d", "", "heartbeat", "loop", "ocpp1.6", 9000, 0, 1, 256, 0, 5, 1, 0};

static struct station *all;
static int epoll_fd, dialled, in_handshake, up, dead, measuring, ended, next_turn;
static uint64_t ids;
static long messages, errors, samples, room;
static float *latency;
static struct sockaddr_in target;
static void say(struct station *s, const char *call, const char *payload);

static int is_v2(void) { return o.protocol[4] == '2'; }

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static double cpu(int pid) { /* utime + stime of a process with all its threads, seconds */
    char name[64], text[1024];
    snprintf(name, sizeof name, "/proc/%d/stat", pid);
    FILE *f = fopen(name, "r");
    if (!f) return 0;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    unsigned long u = 0, k = 0;
    char *p = strrchr(text, ')');
    if (p) sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u, &k);
    return (double)(u + k) / sysconf(_SC_CLK_TCK);
}

static void watch(struct station *s, int how, uint32_t what) {
    struct epoll_event e = {.events = what, .data.ptr = s};
    epoll_ctl(epoll_fd, how, s->fd, &e);
}

static void lose(struct station *s) {
    if (s->state == DIALLING || s->state == UPGRADING) in_handshake--;
    if (s->state == READY || s->state == WAITING) up--;
    if (s->state != DEAD) dead++, errors++;
    s->state = DEAD;
    close(s->fd);
    free(s->in), free(s->out);
    s->in = s->out = NULL;
    s->kept = s->unsent = 0;
}

static void put(struct station *s, const char *data, size_t n) {
    ssize_t w = s->unsent ? 0 : send(s->fd, data, n, MSG_NOSIGNAL);
    if (w < 0 && errno != EAGAIN) { lose(s); return; }
    if (w < 0) w = 0;
    if ((size_t)w == n) return;
    s->out = realloc(s->out, s->unsent + n - w);
    memcpy(s->out + s->unsent, data + w, n - w);
    s->unsent += n - w;
    watch(s, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

static void frame(struct station *s, int opcode, const char *text, size_t n) {
    unsigned char b[OUT + 16];
    size_t h = 2;
    if (n > OUT) n = OUT;
    b[0] = 0x80 | opcode;
    if (n < 126) b[1] = 0x80 | n;
    else b[1] = 0x80 | 126, b[2] = n >> 8, b[3] = n & 255, h = 4;
    uint32_t r = (uint32_t)(++ids * 2654435761u) | 0x01010101u;
    memcpy(b + h, &r, 4);
    for (size_t i = 0; i < n; i++) b[h + 4 + i] = text[i] ^ b[h + (i & 3)];
    put(s, (char *)b, h + 4 + n);
}

static void say(struct station *s, const char *call, const char *payload) {
    char text[OUT];
    snprintf(s->id, sizeof s->id, "%08x-0000-4000-8000-%012llx", (unsigned)(s - all), (unsigned long long)++ids & 0xffffffffffffULL);
    int n = snprintf(text, sizeof text, "[2,\"%s\",\"%s\",%s]", s->id, call, payload);
    s->sent = now();
    frame(s, 1, text, n);
}

static void say_status(struct station *s) {
    char payload[160], stamp[32];
    time_t t = time(NULL);
    s->flip = !s->flip;
    if (is_v2()) {
        strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime(&t));
        snprintf(payload, sizeof payload, "{\"timestamp\":\"%s\",\"connectorStatus\":\"%s\",\"evseId\":1,\"connectorId\":1}", stamp,
                 s->flip ? "Available" : "Occupied");
    } else
        snprintf(payload, sizeof payload, "{\"connectorId\":1,\"errorCode\":\"NoError\",\"status\":\"%s\"}",
                 s->flip ? "Available" : "Charging");
    say(s, "StatusNotification", payload);
}

static void next(struct station *s) {
    s->state = WAITING;
    if (o.message[0] == 's' || (o.message[0] == 'd' && ++s->turn % DAY == 0)) say_status(s);
    else say(s, "Heartbeat", "{}");
}

static void count(struct station *s) {
    if (!measuring) return;
    messages++;
    if (samples == room) latency = realloc(latency, (room = room ? room * 2 : 1 << 16) * sizeof *latency);
    latency[samples++] = (float)(now() - s->sent);
}

static int is_result(const struct station *s, const char *t, size_t n) {
    size_t i = 0;
    char want[3][ID + 3];
    snprintf(want[0], ID + 3, "[3");
    snprintf(want[1], ID + 3, ",");
    snprintf(want[2], ID + 3, "\"%s\"", s->id);
    for (int w = 0; w < 3; w++) {
        while (i < n && (t[i] == ' ' || t[i] == '\n')) i++;
        size_t k = strlen(want[w]);
        if (i + k > n || memcmp(t + i, want[w], k)) return 0;
        i += k;
    }
    return 1;
}

static void answered(struct station *s, const char *t, size_t n) {
    if (!is_result(s, t, n)) {
        if (n > 1 && t[1] == '2') return; /* a CALL of the server: not our business here */
        errors++;
        if (getenv("LOAD_DEBUG")) fprintf(stderr, "unexpected: %.*s\n", (int)n, t);
    }
    switch (s->state) {
    case BOOTING: s->state = REPORTING, say_status(s); break;
    case REPORTING: s->state = READY, up++; break;
    case WAITING:
        count(s);
        s->state = READY;
        if (o.mode[0] == 'l' && !ended) next(s);
        break;
    default: errors++;
    }
}

static size_t take_frame(struct station *s, char *b, size_t n) {
    if (n < 2) return 0;
    size_t len = b[1] & 127, h = 2;
    if (len == 126) {
        if (n < 4) return 0;
        len = ((unsigned char)b[2] << 8) | (unsigned char)b[3], h = 4;
    }
    if (len == 127 || h + len > IN) { lose(s); return 0; }
    if (n < h + len) return 0;
    int opcode = b[0] & 15;
    if (opcode == 1) answered(s, b + h, len);
    else if (opcode == 9) frame(s, 10, b + h, len);
    else if (opcode == 8) lose(s);
    return h + len;
}

static size_t take_upgrade(struct station *s, char *b, size_t n) {
    char *end = memmem(b, n, "\r\n\r\n", 4);
    if (!end) return 0;
    in_handshake--;
    if (n < 12 || memcmp(b + 9, "101", 3)) {
        if (getenv("LOAD_DEBUG")) fprintf(stderr, "refused: %.*s\n", 60, b);
        s->state = FREE;
        lose(s);
        return 0;
    }
    s->state = BOOTING;
    say(s, "BootNotification",
        is_v2() ? "{\"reason\":\"PowerUp\",\"chargingStation\":{\"vendorName\":\"Bench\",\"model\":\"Load\",\"firmwareVersion\":\"1\"}}"
                : "{\"chargePointVendor\":\"Bench\",\"chargePointModel\":\"Load\",\"firmwareVersion\":\"1\"}");
    return end + 4 - b;
}

static void readable(struct station *s) {
    char b[2 * IN];
    size_t n = s->kept;
    if (n) memcpy(b, s->in, n);
    ssize_t r = recv(s->fd, b + n, sizeof b - n, 0);
    if (r < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (r <= 0) { lose(s); return; }
    n += r;
    size_t at = 0, took;
    do {
        took = s->state == UPGRADING ? take_upgrade(s, b + at, n - at) : take_frame(s, b + at, n - at);
        at += took;
    } while (took && s->state != DEAD && at < n);
    if (s->state == DEAD) return;
    free(s->in), s->in = NULL;
    s->kept = n - at;
    if (s->kept) memcpy(s->in = malloc(s->kept), b + at, s->kept);
}

static void base64(const char *in, char *out) {
    static const char t[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = strlen(in);
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (unsigned char)in[i] << 16 | (i + 1 < n ? (unsigned char)in[i + 1] << 8 : 0) | (i + 2 < n ? (unsigned char)in[i + 2] : 0);
        *out++ = t[v >> 18], *out++ = t[v >> 12 & 63];
        *out++ = i + 1 < n ? t[v >> 6 & 63] : '=', *out++ = i + 2 < n ? t[v & 63] : '=';
    }
    *out = 0;
}

static void upgrade(struct station *s) {
    char identity[64], password[128], pair[200], code[300], head[400] = "", text[OUT];
    int number = o.first + (int)(s - all), err = 0;
    socklen_t size = sizeof err;
    getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &size);
    if (err) { lose(s); return; }
    snprintf(identity, sizeof identity, o.identity, number);
    if (*o.password) {
        snprintf(password, sizeof password, o.password, number);
        snprintf(pair, sizeof pair, "%s:%s", identity, password);
        base64(pair, code);
        snprintf(head, sizeof head, "Authorization: Basic %s\r\n", code);
    }
    int n = snprintf(text, sizeof text,
                     "GET /ocpp/%s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Protocol: %s\r\n%s\r\n", identity, o.host, o.port, o.protocol, head);
    s->state = UPGRADING;
    watch(s, EPOLL_CTL_MOD, EPOLLIN);
    put(s, text, n);
}

static void dial(void) {
    while (dialled < o.connections && in_handshake < o.window) {
        struct station *s = &all[dialled++];
        int yes = 1;
        s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        s->state = DIALLING, in_handshake++;
        if (s->fd < 0) { lose(s); continue; }
        setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        connect(s->fd, (struct sockaddr *)&target, sizeof target);
        watch(s, EPOLL_CTL_ADD, EPOLLOUT);
    }
}

static void writable(struct station *s) {
    if (s->state == DIALLING) { upgrade(s); return; }
    ssize_t w = send(s->fd, s->out, s->unsent, MSG_NOSIGNAL);
    if (w < 0 && errno != EAGAIN) { lose(s); return; }
    if (w < 0) return;
    memmove(s->out, s->out + w, s->unsent -= w);
    if (!s->unsent) watch(s, EPOLL_CTL_MOD, EPOLLIN);
}

static int turn(int timeout_ms) { /* one round of events; 0 when standard input has ended */
    struct epoll_event e[512];
    int n = epoll_wait(epoll_fd, e, 512, timeout_ms);
    for (int i = 0; i < n; i++) {
        struct station *s = e[i].data.ptr;
        if (!s) {
            char b[256];
            if (read(0, b, sizeof b) <= 0) return 0;
            continue;
        }
        if (s->state == DEAD) continue;
        if (e[i].events & EPOLLOUT) writable(s);
        if (s->state != DEAD && e[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(s);
    }
    return 1;
}

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double at(double share) {
    return samples ? latency[(long)(share * (samples - 1))] : 0;
}

static int run(double seconds) { /* traffic for so long; 0 when it was ended from outside */
    double begin = now(), due = begin;
    while (seconds < 0 || now() - begin < seconds) {
        if (o.mode[0] == 'p') {
            for (int tries = 0; due <= now() && tries < o.connections; tries++) {
                struct station *s = &all[next_turn++ % o.connections];
                if (s->state == READY) next(s), due += 1 / o.rate;
            }
        }
        double wait = o.mode[0] == 'p' ? (due - now()) * 1000 : 50;
        if (!turn(wait < 0 ? 0 : wait > 50 ? 50 : (int)wait)) return 0;
    }
    return 1;
}

static void options(int n, char **a) {
    for (int i = 1; i + 1 < n; i += 2) {
        const char *k = a[i], *v = a[i + 1];
        if (!strcmp(k, "--host")) o.host = v;
        else if (!strcmp(k, "--port")) o.port = atoi(v);
        else if (!strcmp(k, "--identity")) o.identity = v;
        else if (!strcmp(k, "--password")) o.password = v;
        else if (!strcmp(k, "--first")) o.first = atoi(v);
        else if (!strcmp(k, "--connections")) o.connections = atoi(v);
        else if (!strcmp(k, "--window")) o.window = atoi(v);
        else if (!strcmp(k, "--message")) o.message = v;
        else if (!strcmp(k, "--mode")) o.mode = v;
        else if (!strcmp(k, "--protocol")) o.protocol = v;
        else if (!strcmp(k, "--seconds")) o.seconds = atof(v);
        else if (!strcmp(k, "--warmup")) o.warmup = atof(v);
        else if (!strcmp(k, "--rate")) o.rate = atof(v);
        else if (!strcmp(k, "--pid")) o.pid = atoi(v);
        else fprintf(stderr, "load: unknown option %s\n", k), exit(2);
    }
    if (strcmp(o.protocol, "ocpp1.6") && strcmp(o.protocol, "ocpp2.0.1")) fprintf(stderr, "load: unknown protocol %s\n", o.protocol), exit(2);
    if (o.mode[0] == 'p' && o.rate <= 0) fprintf(stderr, "load: --mode paced needs --rate\n"), exit(2);
}

int main(int n, char **a) {
    options(n, a);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    signal(SIGPIPE, SIG_IGN);
    target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(o.port)};
    inet_pton(AF_INET, o.host, &target.sin_addr);
    all = calloc(o.connections, sizeof *all);
    epoll_fd = epoll_create1(0);
    struct epoll_event input = {.events = EPOLLIN};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &input);
    double begin = now();
    while (up + dead < o.connections && !ended) dial(), ended = !turn(50);
    printf("{\"event\":\"ready\",\"connected\":%d,\"failed\":%d,\"seconds\":%.4f}\n", up, dead, now() - begin);
    fflush(stdout);
    if (o.mode[0] == 'l')
        for (int i = 0; i < o.connections; i++)
            if (all[i].state == READY) next(&all[i]);
    if (!ended && o.mode[0] == 'h') ended = !run(-1);
    if (!ended) ended = !run(o.warmup);
    double used = cpu(o.pid), own = cpu(getpid()), start = now();
    measuring = 1;
    if (!ended) run(o.seconds);
    double seconds = now() - start;
    used = cpu(o.pid) - used, own = cpu(getpid()) - own;
    measuring = 0, ended = 1;
    qsort(latency, samples, sizeof *latency, by_size);
    printf("{\"event\":\"done\",\"messages\":%ld,\"seconds\":%.4f,\"server_cpu_s\":%.3f,\"client_cpu_s\":%.3f,\"p50_s\":%.6f,"
           "\"p99_s\":%.6f,\"max_s\":%.6f,\"errors\":%ld,\"connected\":%d}\n",
           messages, seconds, used, own, at(0.5), at(0.99), at(1), errors, up);
    return 0;
}

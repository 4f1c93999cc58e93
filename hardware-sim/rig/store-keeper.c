// store-keeper.c: what systemd does for the controller, where no systemd runs: keeps its descriptors,
// hands them to the next process, restarts what dies. Used by `restart-test` inside the rig's kernel.
//
//   store-keeper PROGRAM ARGUMENT...
//
// Commands come on standard input, a line each, and each is answered by one line on standard output:
//
//   start                       starts the program, waits until it is armed     armed MILLISECONDS
//   kill SIGNAL                 signal, restart after 100 ms, wait              armed MILLISECONDS (from the signal)
//   stop SIGNAL                 signal, no restart                              ended
//   drill KILLS SEED FILE...    kills at random moments, some before it is armed
//   sweep STEP FILE...          kills before its 1st, (1+STEP)th, … system call since its start
//                                               kills N edges N armed N median MS worst MS calls N
//   store on|off                off: closes what it holds and takes no more     done
//   names                                                                       names NAME...
//   put NAME file               stores a descriptor that is no line             done
//   put NAME in|out CHIP LINE [LINE]   stores a request of its own             done
//   put NAME copy OTHER         stores the descriptor OTHER once more           done
//
// FILE is a counter of edges: the sum of all, before and after, is what `edges` tells. The order in
// which descriptors are handed on is the reverse of that in which they came, as systemd's is.

#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SOCKET "/run/store-keeper"
enum { MOST = 512, RESTART_MS = 100, PATIENCE_MS = 60000, FILES = 16 };

static struct { int fd; char name[256]; } store[MOST];
static int stored;
static bool open_for_business = true, armed, died;
static int notify = -1;
static pid_t child = -1;
static char **program;
static struct timespec died_at, armed_at;

static void give_up(const char *what) {
    printf("broken %s: %s\n", what, strerror(errno));
    fflush(stdout);
    exit(1);
}

static double between(const struct timespec *a, const struct timespec *b) {
    return (b->tv_sec - a->tv_sec) * 1e3 + (b->tv_nsec - a->tv_nsec) / 1e6;
}

static double milliseconds_since(const struct timespec *then) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return between(then, &now);
}

// The store

static void keep(int fd, const char *name) {
    if (!open_for_business || stored == MOST) {
        close(fd);
        return;
    }
    store[stored].fd = fd;
    snprintf(store[stored++].name, sizeof store[0].name, "%s", name);
}

static void drop(const char *name) {  // NULL: all
    int left = 0;
    for (int i = 0; i < stored; i++) {
        if (name == NULL || strcmp(store[i].name, name) == 0) close(store[i].fd);
        else store[left++] = store[i];
    }
    stored = left;
}

static void take_message(void) {
    char text[1024], control[CMSG_SPACE(64 * sizeof(int))];
    struct iovec part = {text, sizeof text - 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t length = recvmsg(notify, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (length < 0) return;
    text[length] = 0;
    int fds[64], count = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        int found = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fds + count, CMSG_DATA(c), found * sizeof(int));
        count += found;
    }
    bool storing = false, removing = false;
    const char *name = "stored";
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (strcmp(line, "FDSTORE=1") == 0) storing = true;
        if (strcmp(line, "FDSTOREREMOVE=1") == 0) removing = true;
        if (strcmp(line, "READY=1") == 0) {
            armed = true;
            clock_gettime(CLOCK_MONOTONIC, &armed_at);
        }
        if (strncmp(line, "FDNAME=", 7) == 0) name = line + 7;
    }
    if (removing) drop(name);
    for (int i = 0; i < count; i++) {
        if (storing) keep(fds[i], name);
        else close(fds[i]);  // BARRIER=1 asks for no more
    }
}

// The program

static void start(bool traced) {
    armed = died = false;
    child = fork();
    if (child < 0) give_up("fork");
    if (child > 0) return;
    char names[MOST * 64] = "", number[16];
    for (int i = 0; i < stored; i++) {  // out of the way first
        store[i].fd = fcntl(store[i].fd, F_DUPFD, 3 + MOST);
        if (store[i].fd < 0) _exit(97);
    }
    for (int i = 0; i < stored; i++) {
        int from = stored - 1 - i;
        if (dup2(store[from].fd, 3 + i) < 0) _exit(97);
        close(store[from].fd);
        if (i > 0) strcat(names, ":");
        strcat(names, store[from].name);
    }
    if (stored > 0) {
        snprintf(number, sizeof number, "%d", stored);
        setenv("LISTEN_FDS", number, 1);
        setenv("LISTEN_FDNAMES", names, 1);
        snprintf(number, sizeof number, "%d", (int)getpid());
        setenv("LISTEN_PID", number, 1);
    }
    setenv("NOTIFY_SOCKET", SOCKET, 1);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    if (traced) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
    }
    execv(program[0], program);
    _exit(98);
}

// Serves the program until it has died by itself, `limit` milliseconds are over or, if that is what
// is waited for, it is armed.
static void serve(double limit, bool until_armed) {
    struct timespec begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (;;) {
        double left = limit - milliseconds_since(&begin);
        if (left <= 0 || died || (until_armed && armed)) return;
        struct pollfd ready = {.fd = notify, .events = POLLIN};
        poll(&ready, 1, left > 100 ? 100 : (int)left + 1);
        if (ready.revents & POLLIN) take_message();
        if (child > 0 && waitpid(child, NULL, WNOHANG) == child) {
            child = -1;
            died = true;
        }
    }
}

static void wait_until_armed(void) {
    serve(PATIENCE_MS, true);
    if (died) printf("broken the program ended by itself\n");
    else if (!armed) printf("broken the program is not armed after %d s\n", PATIENCE_MS / 1000);
    if (!died && armed) return;
    fflush(stdout);
    exit(1);
}

static void end(int signal) {
    if (child <= 0) return;
    clock_gettime(CLOCK_MONOTONIC, &died_at);
    kill(child, signal);
    waitpid(child, NULL, 0);
    child = -1;
    // What it had sent before it died.
    struct pollfd ready = {.fd = notify, .events = POLLIN};
    while (poll(&ready, 1, 0) == 1) take_message();
}

static void pause_before_restart(void) {
    struct timespec pause = {.tv_nsec = RESTART_MS * 1000000L};
    nanosleep(&pause, NULL);
}

// Kills without number

static struct {
    const char *files[FILES];
    int file_count;
    unsigned long before;
    int kills;
    int calls;
    double *times;
    int time_count;
} figures;

static unsigned long edges(void) {
    unsigned long sum = 0;
    for (int i = 0; i < figures.file_count; i++) {
        FILE *file = fopen(figures.files[i], "r");
        unsigned long count;
        if (file == NULL || fscanf(file, "%lu", &count) != 1) give_up(figures.files[i]);
        fclose(file);
        sum += count;
    }
    return sum;
}

static void begin_figures(char **rest) {
    memset(&figures, 0, sizeof figures);
    for (char *word; (word = strsep(rest, " ")) != NULL && figures.file_count < FILES;) {
        figures.files[figures.file_count++] = word;
    }
    figures.before = edges();
    figures.times = calloc(1 << 16, sizeof *figures.times);
}

static void note_armed(void) {
    if (figures.time_count < 1 << 16) figures.times[figures.time_count++] = between(&died_at, &armed_at);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_figures(void) {
    int count = figures.time_count;
    qsort(figures.times, count, sizeof *figures.times, ascending);
    printf("kills %d edges %lu armed %d median %.0f worst %.0f calls %d\n", figures.kills,
           edges() - figures.before, count, count ? figures.times[count / 2] : 0,
           count ? figures.times[count - 1] : 0, figures.calls);
    free(figures.times);
}

static uint64_t random_state;
static uint64_t next_random(void) {  // SplitMix64
    uint64_t z = random_state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

// Up to 450 ms after its start, which is well beyond where it is armed; every 4th as soon as it is
// armed. Every 8th is told to stop, as an upgrade does.
static void drill(int kills, uint64_t seed) {
    random_state = seed;
    for (; figures.kills < kills; figures.kills++) {
        double moment = next_random() % 450000 / 1e3;
        if (next_random() % 4 == 0) serve(PATIENCE_MS, true);
        else serve(moment, false);
        if (armed && figures.kills > 0) note_armed();
        if (died) give_up("the program ended by itself");
        end(next_random() % 8 == 0 ? SIGTERM : SIGKILL);
        pause_before_restart();
        start(false);
    }
    wait_until_armed();
    note_armed();
}

// Dies before its nth system call for each n, until it is armed before.
static void sweep(int step) {
    for (int target = 1;; target += step) {
        end(SIGKILL);
        start(true);
        int status, calls = 0;
        waitpid(child, &status, 0);  // the SIGSTOP
        ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
        bool entering = true;
        int signal = 0;
        while (!armed && calls < target) {
            if (ptrace(PTRACE_SYSCALL, child, 0, signal) < 0) give_up("ptrace");
            if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status)) give_up("it ended by itself");
            signal = 0;
            if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
                if (entering) calls++;
                entering = !entering;
                struct pollfd ready = {.fd = notify, .events = POLLIN};
                while (poll(&ready, 1, 0) == 1) take_message();
            } else if (WSTOPSIG(status) != SIGTRAP) {
                signal = WSTOPSIG(status);
            }
        }
        figures.calls = calls;
        if (armed) {
            end(SIGKILL);
            break;
        }
        figures.kills++;
    }
    pause_before_restart();
    start(false);
    wait_until_armed();
}

// Lies

static int request(const char *chip_path, bool output, int first, int second) {
    struct gpio_v2_line_request wanted = {
        .offsets = {first, second < 0 ? 0 : second}, .num_lines = second < 0 ? 1 : 2,
        .config.flags = output ? GPIO_V2_LINE_FLAG_OUTPUT : GPIO_V2_LINE_FLAG_INPUT};
    strcpy(wanted.consumer, "liar");
    int chip = open(chip_path, O_RDWR | O_CLOEXEC);
    if (chip < 0 || ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &wanted) < 0) give_up("a request of lines");
    close(chip);
    return wanted.fd;
}

static void put(char *rest) {
    char name[256], kind[16], chip[64] = "";
    int first = -1, second = -1;
    if (sscanf(rest, "%255s %15s %63s %d %d", name, kind, chip, &first, &second) < 2) give_up(rest);
    if (strcmp(kind, "file") == 0) {
        keep(open("/proc/version", O_RDONLY | O_CLOEXEC), name);
    } else if (strcmp(kind, "copy") == 0) {
        for (int i = 0; i < stored; i++) {
            if (strcmp(store[i].name, chip) != 0) continue;
            keep(fcntl(store[i].fd, F_DUPFD_CLOEXEC, 0), name);
            return;
        }
        give_up("nothing has that name");
    } else {
        keep(request(chip, strcmp(kind, "out") == 0, first, second), name);
    }
}

static void obey(char *rest) {
    char *command = strsep(&rest, " ");
    if (rest == NULL) rest = command + strlen(command);
    if (strcmp(command, "start") == 0) {
        clock_gettime(CLOCK_MONOTONIC, &died_at);
        start(false);
        wait_until_armed();
        printf("armed %.0f\n", between(&died_at, &armed_at));
    } else if (strcmp(command, "kill") == 0) {
        end(atoi(rest));
        pause_before_restart();
        start(false);
        wait_until_armed();
        printf("armed %.0f\n", between(&died_at, &armed_at));
    } else if (strcmp(command, "stop") == 0) {
        end(atoi(rest));
        printf("ended\n");
    } else if (strcmp(command, "drill") == 0) {
        const char *kills = strsep(&rest, " "), *seed = strsep(&rest, " ");
        begin_figures(&rest);
        drill(atoi(kills), strtoull(seed, NULL, 10));
        print_figures();
    } else if (strcmp(command, "sweep") == 0) {
        const char *step = strsep(&rest, " ");
        begin_figures(&rest);
        sweep(atoi(step));
        print_figures();
    } else if (strcmp(command, "store") == 0) {
        open_for_business = strcmp(rest, "on") == 0;
        if (!open_for_business) drop(NULL);
        printf("done\n");
    } else if (strcmp(command, "names") == 0) {
        serve(50, false);
        printf("names");
        for (int i = 0; i < stored; i++) printf(" %s", store[i].name);
        printf("\n");
    } else if (strcmp(command, "put") == 0) {
        put(rest);
        printf("done\n");
    } else {
        printf("broken no such command\n");
    }
    fflush(stdout);
}

int main(int count, char **arguments) {
    if (count < 2) return 2;
    program = arguments + 1;
    notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
    unlink(SOCKET);
    if (notify < 0 || bind(notify, (struct sockaddr *)&address, sizeof address) < 0) give_up(SOCKET);
    static char line[4096];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = 0;
        obey(line);
    }
    end(SIGKILL);
    return 0;
}

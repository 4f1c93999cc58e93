// Kernel interfaces that the Glibc module of Swift 6.0 does not import.
#ifndef CLINUX_H
#define CLINUX_H

// Not with _GNU_SOURCE: it changes fd_set, and Swift finds two of them as soon as a module that
// imports this one imports Foundation as well. What glibc hides without it is declared here.
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

int pthread_setname_np(pthread_t thread, const char *name);

#endif

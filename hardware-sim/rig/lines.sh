# lines.sh: the far side of the GPIO lines, for scenarios inside the rig's kernel. Sourced.

# pull [CHIP:]LINE up|down: what a contact does to an input.
pull() {
    case $1 in *:*) set -- "${1%%:*}" "${1#*:}" "$2" ;; *) set -- sim0 "$1" "$2" ;; esac
    echo "pull-$3" > "/run/rig/$1/sim_gpio$2/pull"
}

# value [CHIP:]LINE: prints the level of a line, 0 or 1: what an output drives or an input is pulled to.
value() {
    case $1 in *:*) set -- "${1%%:*}" "${1#*:}" ;; *) set -- sim0 "$1" ;; esac
    cat "/run/rig/$1/sim_gpio$2/value"
}

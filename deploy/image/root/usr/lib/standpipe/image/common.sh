# common.sh: what the image's scripts share. Sourced.

boot=/boot/efi
environment=$boot/EFI/standpipe/grubenv
site=/etc/standpipe             # a link into /var/lib/standpipe-site

# One clear message: on the screen, on the serial port and in the journal, by way of the kernel's log, which
# goes to all of them; and to whoever called.
tell() {
    echo "<2>standpipe: $*" > /dev/kmsg 2>/dev/null || true
    echo "standpipe: $*" >&2
}

# Slot of this start, A or B.
this_slot() {
    sed -n 's/.*rauc\.slot=\([AB]\).*/\1/p' /proc/cmdline
}

# What the controller says: 0 at rest, 1 a fire, an open valve or a release that waits; 2 there is no
# controller that could say anything.
site_is_at_rest() {
    state=$(standpipe status --json 2>/dev/null) || true
    case $state in
        *'"isAlive" : true'* | *'"isAlive":true'*) ;;
        *) return 2 ;;
    esac
    for name in floorsInFire floorsOpen; do
        count=$(printf '%s\n' "$state" | sed -n "s/.*\"$name\" *: *\([0-9]*\).*/\1/p" | head -n 1)
        [ "$count" = 0 ] || return 1
    done
    return 0
}

# Whether the controller says "armed".
is_armed() {
    # The flag itself, in the status page's header (StatusLayout.swift), is quick to look at; the tool says
    # then whether somebody stands behind it.
    flags=$(od -An -tu1 -j66 -N1 /run/standpipe/status 2>/dev/null) || return 1
    [ $((${flags:-0} & 1)) = 1 ] || return 1
    case $(standpipe status --json 2>/dev/null) in
        *'"isAlive" : false'* | *'"isAlive":false'*) return 1 ;;
        *'"isArmed" : true'* | *'"isArmed":true'*) return 0 ;;
        *) return 1 ;;
    esac
}

# The boot partition is read-only but for the moments in which it is written to.
boot_writable() { mount -o remount,rw,sync "$boot"; }
boot_readonly() { sync -f "$boot" 2>/dev/null; mount -o remount,ro "$boot"; }

# boot_variables NAME=VALUE...: changes variables of GRUB, in place: the file is never shorter than it
# has to be, whenever the power goes.
boot_variables() {
    [ -f "$environment" ] || return 1
    copy=$(mktemp /run/grubenv.XXXXXX) || return 1
    cp "$environment" "$copy" && grub-editenv "$copy" set "$@" || { rm -f "$copy"; return 1; }
    if ! cmp -s "$copy" "$environment"; then
        boot_writable
        dd if="$copy" of="$environment" bs=1024 count=1 conv=notrunc,fsync 2>/dev/null
        boot_readonly
    fi
    rm -f "$copy"
}

boot_variable() { # NAME
    grub-editenv "$environment" list 2>/dev/null | sed -n "s/^$1=//p"
}

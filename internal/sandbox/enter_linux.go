package sandbox

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// Enter confines every thread of this process permanently.
//
// After an error the program must exit: the user could not be changed, or the kernel lacks a part
// that mode Require needs.
func Enter(p Policy) (Report, error) {
	var r Report
	if p.Mode == Off {
		return r, nil
	}
	_, _ = time.Now().Zone() // reads the time zone's file, which happens only once
	if err := r.drop(p); err != nil {
		return r, err
	}
	if _, _, e := psx.Syscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); e != 0 {
		r.Missing = append(r.Missing, fmt.Sprintf("no_new_privs: %v", e))
	} else {
		r.Done = append(r.Done, "no_new_privs")
	}
	sockets, err := packetSockets() // must run before Landlock hides them
	if err != nil {
		r.Missing = append(r.Missing, err.Error())
	}
	if !p.Processes {
		r.landlock(p)
	}
	r.seccomp(p, sockets)
	return r, r.fail(p.Mode)
}

// drop changes the user and drops the capabilities. Only root can change the user.
func (r *Report) drop(p Policy) error {
	keep, err := held(p.Keep)
	if err != nil {
		r.Missing = append(r.Missing, err.Error())
	}
	if p.Drop && os.Geteuid() == 0 {
		t, err := TargetOf(p.User)
		if err != nil {
			return err
		}
		if err := become(t, keep != 0); err != nil {
			return fmt.Errorf("continuing as %s: %w", t.Name, err)
		}
		r.User = t.Name
		r.Done = append(r.Done, "user "+t.Name)
	}
	if err := setCapabilities(keep); err != nil {
		r.Missing = append(r.Missing, fmt.Sprintf("giving up capabilities: %v", err))
	} else {
		r.Done = append(r.Done, "capabilities")
	}
	return nil
}

// become changes the supplementary groups, the group and the user, in the only permitted order.
// Changing the user drops all capabilities unless keep is set.
func become(t Target, keep bool) error {
	if keep {
		if _, _, e := psx.Syscall3(unix.SYS_PRCTL, unix.PR_SET_KEEPCAPS, 1, 0); e != 0 {
			return fmt.Errorf("keeping capabilities: %w", e)
		}
	}
	// Package syscall does this on every thread, package unix only on one.
	if err := syscall.Setgroups(nil); err != nil {
		return fmt.Errorf("leaving groups: %w", err)
	}
	if err := syscall.Setresgid(t.GID, t.GID, t.GID); err != nil {
		return fmt.Errorf("group %d: %w", t.GID, err)
	}
	if err := syscall.Setresuid(t.UID, t.UID, t.UID); err != nil {
		return fmt.Errorf("user %d: %w", t.UID, err)
	}
	if t.UID != 0 && !keep && syscall.Setuid(0) == nil {
		return errors.New("the process could become root again")
	}
	return nil
}

// held returns those of the wanted capabilities that the process has, as a bit set.
func held(wanted []Capability) (uint64, error) {
	var data [2]unix.CapUserData
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capget(&header, &data[0]); err != nil {
		return 0, fmt.Errorf("keeping capabilities: %w", err)
	}
	permitted := uint64(data[1].Permitted)<<32 | uint64(data[0].Permitted)
	var set uint64
	for _, c := range wanted {
		set |= 1 << c
	}
	return set & permitted, nil
}

// setCapabilities reduces every thread to a set of capabilities. Programs that the process starts
// get none.
func setCapabilities(set uint64) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	data := [2]unix.CapUserData{{Effective: uint32(set), Permitted: uint32(set)},
		{Effective: uint32(set >> 32), Permitted: uint32(set >> 32)}}
	if _, _, e := psx.Syscall3(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)),
		uintptr(unsafe.Pointer(&data[0])), 0); e != 0 {
		return e
	}
	return nil
}

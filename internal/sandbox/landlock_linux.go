package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// Access rights of Landlock.
const (
	mayRead  landlock.AccessFSSet = ll.AccessFSReadFile
	mayList  landlock.AccessFSSet = ll.AccessFSReadFile | ll.AccessFSReadDir
	mayWrite landlock.AccessFSSet = ll.AccessFSWriteFile | ll.AccessFSTruncate |
		ll.AccessFSMakeReg | ll.AccessFSRemoveFile | ll.AccessFSMakeDir
)

// landlock permits only the named files. Open files stay usable.
//
// It uses version 5: files, truncation, ioctl on devices, TCP. Later versions can restrict signals
// too. But the Go runtime needs signals between threads, and older kernels then refuse them.
func (r *Report) landlock(p Policy) {
	version, err := ll.LandlockGetABIVersion()
	if err != nil {
		r.Missing = append(r.Missing, fmt.Sprintf("Landlock: %v", err))
		return
	}
	if err := landlock.V5.BestEffort().Restrict(rules(p)...); err != nil {
		r.Missing = append(r.Missing, fmt.Sprintf("Landlock: %v", err))
		return
	}
	r.Done = append(r.Done, fmt.Sprintf("Landlock version %d", version))
}

func rules(p Policy) (rules []landlock.Rule) {
	read := p.Read
	if len(p.Connect) > 0 {
		read = slices.Concat(read, resolverFiles())
		for _, port := range append([]uint16{domainPort}, p.Connect...) {
			rules = append(rules, landlock.ConnectTCP(port))
		}
	}
	for _, name := range read {
		info, err := os.Stat(name)
		if err != nil || nameless(name) {
			continue // opening it later returns the error
		}
		access := mayRead
		if info.IsDir() {
			access = mayList // so that reading it fails with the usual error
		}
		rules = append(rules, landlock.PathAccess(access, name).IgnoreIfMissing())
	}
	for _, name := range p.Write {
		rules = append(rules, landlock.PathAccess(mayWrite, name).IgnoreIfMissing())
	}
	return rules
}

// domainPort is the TCP port of DNS, for replies that are too long for UDP.
const domainPort = 53

// resolverFiles returns the files that configure name resolution. If the list of servers is a link,
// another program replaces its target in the same folder.
func resolverFiles() []string {
	const servers = "/etc/resolv.conf"
	list := []string{servers, "/etc/hosts", "/etc/nsswitch.conf"}
	if real, err := filepath.EvalSymlinks(servers); err == nil && real != servers {
		list = append(list, filepath.Dir(real))
	}
	return list
}

// nameless reports whether a file is an unnamed pipe, such as the shell's <(command) under /dev/fd.
// It is in no folder, so Landlock accepts no rule for it and needs none.
func nameless(name string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(name, &fs) == nil && (fs.Type == unix.PIPEFS_MAGIC ||
		fs.Type == unix.SOCKFS_MAGIC)
}

package sandbox

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
)

// nobody is the number of the unprivileged user and group if the system has no names for them.
const nobody = 65534

// A Target is the user that a process continues as.
type Target struct {
	UID, GID int
	Name     string
}

// TargetOf returns the user with that name or number. For "" it returns the user of sudo, else
// nobody.
func TargetOf(name string) (Target, error) {
	if name != "" {
		return lookup(name)
	}
	// sudo sets both. Without them, or if root used sudo, the user is nobody.
	uid, uidErr := strconv.Atoi(os.Getenv("SUDO_UID"))
	gid, gidErr := strconv.Atoi(os.Getenv("SUDO_GID"))
	if uidErr == nil && gidErr == nil && uid > 0 && gid > 0 {
		return Target{uid, gid, nameOf(uid)}, nil
	}
	if t, err := lookup("nobody"); err == nil {
		return t, nil
	}
	return Target{nobody, nobody, "nobody"}, nil
}

func lookup(name string) (Target, error) {
	u, err := user.Lookup(name)
	if _, e := strconv.Atoi(name); err != nil && e == nil {
		u, err = user.LookupId(name)
	}
	if err != nil {
		return Target{}, fmt.Errorf("-Z %s: %w", name, err)
	}
	uid, uidErr := strconv.Atoi(u.Uid)
	gid, gidErr := strconv.Atoi(u.Gid)
	if uidErr != nil || gidErr != nil {
		return Target{}, fmt.Errorf("-Z %s: the user has no numeric IDs", name)
	}
	return Target{uid, gid, u.Username}, nil
}

func nameOf(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}

package sockets

import (
	"os/user"
	"strconv"
)

// users remembers the names of users.
type users struct{ names map[uint32]string }

func newUsers() *users { return &users{map[uint32]string{}} }

// name is a user's name, or the number where it has none.
func (u *users) name(uid uint32) string {
	name, ok := u.names[uid]
	if !ok {
		name = strconv.FormatUint(uint64(uid), 10)
		if found, err := user.LookupId(name); err == nil {
			name = found.Username
		}
		u.names[uid] = name
	}
	return name
}

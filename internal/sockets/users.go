package sockets

import (
	"os/user"
	"strconv"
)

// users caches the names of users.
type users struct{ names map[uint32]string }

func newUsers() *users { return &users{map[uint32]string{}} }

// name returns a user's name, or the number if the user has no name.
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

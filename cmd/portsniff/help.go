package main

import "github.com/portsniff/portsniff/internal/cli"

// flagGroups lists headings in the help of commands, and the names of the flags under each.
var flagGroups = []cli.FlagGroup{
	{Title: "Input", Flags: "read demo from max-decompressed max-upload as max-packets max-bytes"},
	{Title: "Selection", Flags: "filter-file where resolve dump-filter count frame compare " +
		"proto host between side top by pairs open all tcp flow limit header every wide memory " +
		"jobs store sensor max-size seed answers key"},
	{Title: "Output", Flags: "format output write print comment packet-buffered rotate-size " +
		"rotate-seconds anonymize anonymize-payload rotate-files postrotate-command quiet " +
		"verbose link hex hex-text ascii time nano no-names number line-buffered community-id " +
		"idle-timeout active-timeout ipfix ipfix-biflow color unicode width plain title listen"},
	{Title: "Server", Flags: "to database cluster ttl ttl-ports user password-file ca cert " +
		"cert-key timeout watch"},
	{Title: "Live capture", Flags: "interface list-interfaces snapshot-length buffer-size rings " +
		"no-promiscuous-mode direction process interval metrics"},
	{Title: "Wireshark", Flags: "extcap-interfaces extcap-version extcap-dlts extcap-config " +
		"extcap-interface extcap-capture-filter capture fifo comments"},
	{Title: "Screen", Flags: "view once private alerts fail-on config"},
	{Title: "Privileges", Flags: "sandbox relinquish-privileges"},
}

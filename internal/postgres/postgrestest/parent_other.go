//go:build !linux

package postgrestest

import "syscall"

// dieWithParent needs Linux; elsewhere a server of a test that was killed is to be stopped by hand.
func dieWithParent(*syscall.SysProcAttr) {}

package postgrestest

import "syscall"

// dieWithParent lets a server end when its test is killed, which could not stop it any more.
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGQUIT }

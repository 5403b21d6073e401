// Command firstlook runs multi-cloud compute capacity under its agreements. See package cli for its commands.
package main

import (
	"context"
	"os"

	"firstlook/internal/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

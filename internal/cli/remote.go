package cli

import (
	"os"
	"strings"

	"firstlook/client"
	"firstlook/internal/door"
)

// Where the command line finds a server, and the token that says for which party it acts there.
const (
	serverVariable = "FIRSTLOOK_SERVER"
	tokenVariable  = "FIRSTLOOK_TOKEN"
)

// remote runs a command against the server.
func (a *app) remote(run func(door.Door) error) error {
	if err := a.checkAs(); err != nil {
		return err
	}
	token := os.Getenv(tokenVariable)
	if a.token != "" {
		text, err := a.file(a.token)
		if err != nil {
			return err
		}
		token = strings.TrimSpace(string(text))
	}
	c, err := client.New(a.server, client.Options{Token: token})
	if err != nil {
		return bad("write https://host or https://host:port", "--server: %v", err)
	}
	return run(c)
}

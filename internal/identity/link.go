package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"firstlook/party"
)

// link signs one person in, once.
type link struct {
	Person PersonID  `json:"person"`
	Until  time.Time `json:"until"`
}

// linkPath is where links lead.
const linkPath = "/signin/link/"

// issueLink makes a link for a person and voids those that there were.
func (g *Gate) issueLink(tx Tx, p Person, by Subject) (string, error) {
	var before []string
	err := links.each(tx, func(key string, l link) error {
		if l.Person == p.ID {
			before = append(before, key)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	for _, key := range before {
		if err := links.drop(tx, key); err != nil {
			return "", err
		}
	}
	made, until := newSecret(), g.now().Add(linkLife)
	if err := links.put(tx, made.hash(), link{p.ID, until}, until); err != nil {
		return "", err
	}
	e := Event{Kind: LinkIssued, Party: p.Party, Actor: by.actor(), Address: by.Address, About: string(p.ID),
		Detail: "until " + until.Format(time.RFC3339)}
	return g.origin.String() + linkPath + made.reveal(), g.record(tx, e)
}

// Invite returns a link that signs a person in once, within half an hour. It voids the person's earlier link.
func (g *Gate) Invite(ctx context.Context, by Subject, id PersonID) (url string, err error) {
	if err := mayManage(by); err != nil {
		return "", err
	}
	err = g.store.Update(ctx, func(tx Tx) error {
		p, err := personOf(tx, id)
		if err != nil {
			return err
		}
		if p.Disabled {
			return refuse(Conflict, "%s is disabled", id)
		}
		url, err = g.issueLink(tx, p, by)
		return err
	})
	return url, err
}

// Bootstrap makes the first operator, of the given party, and writes a link for them to w and, if file is not empty, to that file, which
// only its owner may read. It does nothing, and returns false, once an operator has signed in; until then each call voids the link
// of the one before. Whoever starts the server sees the link; nobody else does.
func (g *Gate) Bootstrap(ctx context.Context, of party.ID, w io.Writer, file string) (bool, error) {
	if err := party.Check(string(of)); err != nil {
		return false, refuse(Malformed, "party: %v", err)
	}
	url := ""
	err := g.store.Update(ctx, func(tx Tx) error {
		var first *Person
		signedIn := false
		err := people.each(tx, func(_ string, p Person) error {
			if !p.Disabled && slices.Contains(p.Roles, Operator) {
				signedIn = signedIn || !p.LastSignIn.IsZero()
				if p.Party == of && first == nil {
					first = &p
				}
			}
			return nil
		})
		if err != nil || signedIn {
			return err
		}
		console := Console(of)
		if first == nil {
			first = &Person{Party: of, Name: "first operator", Roles: []Role{Operator}}
			if err := g.addPerson(tx, first, console.actor(), ""); err != nil {
				return err
			}
		}
		url, err = g.issueLink(tx, *first, console)
		return err
	})
	if err != nil || url == "" {
		return false, err
	}
	return true, announce(url, w, file)
}

// announce writes a link where only whoever runs the server looks.
func announce(url string, w io.Writer, file string) error {
	text := fmt.Sprintf("Nobody administers this server yet. Open this link within %d minutes to do so; it works once:\n%s\n",
		int(linkLife.Minutes()), url)
	_, err := io.WriteString(w, text)
	if file != "" {
		err = errors.Join(err, writePrivate(file, url+"\n"))
	}
	return err
}

// writePrivate puts a new file of mode 0600 in the place of path. Writing into an earlier file would keep its mode, and follow a symbolic link.
func writePrivate(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".link-*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		if gone := os.Remove(f.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// openLink uses a link up and signs its person in.
func (g *Gate) openLink(ctx context.Context, r *http.Request, shown string) (made secret, err error) {
	address, _, _ := g.caller(r)
	code, reads := parseSecret(shown)
	err = g.settle(ctx, func(tx Tx) (*Refusal, error) {
		if no, err := g.checkLock(tx, addressOf(address)); no != nil || err != nil {
			return no, err
		}
		l, ok, err := links.get(tx, code.hash())
		if err != nil {
			return nil, err
		}
		var p Person
		if ok = ok && reads && g.now().Before(l.Until); ok {
			if p, ok, err = people.get(tx, string(l.Person)); err != nil {
				return nil, err
			}
		}
		if !ok || p.Disabled {
			return refuse(LinkEnded, "the link was used, was replaced by a later one, or has expired; ask for another"),
				g.fail(tx, addressOf(address), address, "link")
		}
		if err := links.drop(tx, code.hash()); err != nil {
			return nil, err
		}
		made, err = g.beginSession(tx, p, r, "link")
		return nil, err
	})
	return made, err
}

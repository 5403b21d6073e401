// Package need reads what a planner asks for: from a YAML file or from the flags of a command, with one validation.
//
//	need: research-training          # id; the record names one where it is left out
//	title: Research training run, autumn 2025
//	buyer: openai
//	class: training                  # training, fine_tuning, inference, api, batch, storage
//	purpose: research                # research, product_training, product, internal, national_security, evaluation
//	customer: enterprise             # consumer, enterprise, government, third_party; left out where it serves none or all
//	sourcing: market                 # or own_build; market where left out
//	direction: buys                  # or sells, under an agreement that binds a seller; buys where left out
//	tenure: new                      # or existing; new where left out
//	accelerators: [H100, H200]       # alternatives; quantities count in the first
//	quantity: 4096                   # or compute: {hours: 12000000, of: H100}
//	divisible: true
//	least: 512                       # what one source supplies at least; needs divisible
//	regions: [eastus]                # any where left out
//	residency: [US]
//	start: 2025-09-01                # a date in UTC, or an instant with its offset
//	duration: 180 days               # hours, days, weeks or months (calendar months in UTC); or until: 2026-03-01
//	interconnect: infiniband
//	service_level: "99.9"            # least monthly availability
//	security: [soc2]
//	data: [{name: corpus, cloud: azure, region: eastus, size: 500 TB}]
//	budget: 250000000 USD            # landed cost of the whole need, at most
//	power: 8 MW                      # by nameplate, at most
//	carbon: 300 g/kWh                # at most
//	offers_window: 72 hours          # how long providers may offer once asked
//
// A need of several lines puts the keys from accelerators to duration under lines, one entry for each line.
//
// compute asks for an amount of work: accelerator-hours of one model, spread over the whole period. The quantity is
// those hours over the hours of the period, rounded up, so that what is bought is never less than what is needed. A
// divisible line without least takes any part; one that is not divisible takes the whole from one source.
//
// Sizes are decimal: 1 TB is 1,000 GB. What does not come out at a whole gigabyte or kilowatt is refused, not rounded.
//
// All problems of a file are reported at once, with file, line and column; those of flags with the name of the flag.
package need

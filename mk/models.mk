# Prices of models are data with a day on which they were checked: builds and lints warn of old ones.

.PHONY: prices-age
prices-age: ## warn of prices of models that nobody compared for 90 days
	@infra/models/prices_age.sh shared/llm/models/models.json

bootstraps lint: prices-age

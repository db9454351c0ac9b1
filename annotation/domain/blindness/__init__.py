"""What may give away or bend a blind judgement: words that name a model, the place of an answer, its length."""

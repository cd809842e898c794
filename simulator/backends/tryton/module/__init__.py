"""The Tryton module `journeyproof`: what an integrator adds so that marketing automation hears of a company's events.

It is an ordinary Tryton module, found through the entry point `trytond.modules`. Facts, things and occasions are models
that scenarios can be about; parties keep what is known of customers; activities can grant a coupon with their e-mail.
Nothing of Tryton is replaced: everything is done by the ways in which Tryton lets modules extend it.
"""

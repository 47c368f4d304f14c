"""Every table of the house, for the migrations and the schema tests to see."""

from feeapp.access import models as access
from feeapp.banking import models as banking
from feeapp.billing import models as billing
from feeapp.cashier import models as cashier
from feeapp.corrections import models as corrections
from feeapp.jobs import models as jobs
from feeapp.ledger import models as ledger
from feeapp.logbook import models as logbook
from feeapp.metering import models as metering
from feeapp.portal import models as portal
from feeapp.registry import models as registry
from feeapp.reliefs import models as reliefs
from feeapp.statements import models as statements
from feeapp.storage import counters
from feeapp.tariffs import models as tariffs
from feeapp.transfers import models as transfers
from feeapp.wallets import models as wallets

ROOMS = (
    counters,
    jobs,
    logbook,
    access,
    registry,
    tariffs,
    ledger,
    metering,
    reliefs,
    wallets,
    billing,
    cashier,
    banking,
    corrections,
    statements,
    transfers,
    portal,
)

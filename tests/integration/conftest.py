from tests.asterisk_fixture import asterisk

__all__ = ["asterisk"]

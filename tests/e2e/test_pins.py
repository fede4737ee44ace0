"""The bundled services that switch and read pins, where there are none of these, and simulated."""
import pathlib

from aiot import BUILD, Case, ini, main, wait_for


class Pins(Case):
    def leds(self, **args):
        self.led = pathlib.Path(self.dir) / 'sys/class/leds/act'
        self.led.mkdir(parents=True)
        for name, text in (('brightness', '0'), ('max_brightness', '1'), ('trigger', '')):
            (self.led / name).write_text(text)
        return self.daemon({'leds': ini('leds', args={'pins': 'act', **args})},
                           env={'AIOTOOLS_SYSFS': f'{self.dir}/sys'})

    def test_a_led_blinks_and_is_off_in_the_end(self):
        daemon = self.leds(blink='20, 20')
        for level in ('1', '0', '1'):
            wait_for(lambda: (self.led / 'brightness').read_text() == level, f'brightness {level}')
        daemon.ctl('stop', 'leds')
        self.assertEqual((self.led / 'brightness').read_text(), '0')

    def test_a_led_is_handed_to_the_kernel_and_taken_back(self):
        daemon = self.leds(trigger='heartbeat')
        wait_for(lambda: (self.led / 'trigger').read_text() == 'heartbeat', 'the trigger')
        (self.led / 'trigger').write_text('')
        daemon.ctl('stop', 'leds')
        self.assertEqual((self.led / 'trigger').read_text(), 'none')

    def sensor(self, **args):
        daemon = self.daemon()
        daemon.add_module('sensor', BUILD / 'services.d/sensor.so')
        daemon.write('sensor', ini('sensor', args=args))
        daemon.ctl('daemon-reload')
        daemon.ctl('load', 'sensor')
        return daemon

    def test_a_led_that_is_not_there_is_named(self):
        daemon = self.daemon({'leds': ini('leds', args={'pins': 'no-such-led', 'pattern': '1 0'})})
        wait_for(lambda: daemon.ctl('is-failed', 'leds', code=None).returncode == 0, 'a failure')
        self.assertIn("LED 'no-such-led': there is no such LED", daemon.ctl('traceback', 'leds').stdout)

    def test_a_pattern_that_fits_no_pins_is_a_load_failure(self):
        daemon = self.daemon({'leds': ini('leds', args={'pins': 'a b', 'pattern': '1 0'})})
        self.assertIn('pattern: a frame has a 1 or 0 for each of the pins',
                      daemon.ctl('traceback', 'leds').stdout)

    def test_a_simulated_sensor_has_values_and_a_result(self):
        daemon = self.sensor(every='10ms')
        wait_for(lambda: daemon.json('status', '-d', 'sensor')['tasks'][0]['stats']['readings'] > 5,
                 'readings')
        stats = daemon.json('status', '-d', 'sensor')['tasks'][0]['stats']
        self.assertTrue(0 <= stats['lowest'] <= stats['value'] <= stats['highest'] <= 1000, stats)
        daemon.ctl('stop', 'sensor')
        self.assertRegex(daemon.ctl('result', 'sensor').stdout, r'sensor\.service --> \d+')

    def test_an_input_that_is_not_there_is_named(self):
        daemon = self.sensor(pin='no-such-device/value')
        wait_for(lambda: daemon.ctl('is-failed', 'sensor', code=None).returncode == 0, 'a failure')
        self.assertIn("pin 'no-such-device/value': there is no such input",
                      daemon.ctl('traceback', 'sensor').stdout)


if __name__ == '__main__':
    main()

/*
 * program - an executable, for the test of who takes one for a module.
 */
int main(void)
{
	return 0;
}
